import { assert, assertEquals } from "@std/assert";
import { createKuma } from "../../../lib/homelab/kuma/probe.ts";
import type { Level } from "../../../lib/level.ts";
import type { Row } from "../../../lib/homelab/report.ts";
import { type Beat, KumaSim } from "../../sim/homelab/kuma.ts";
import { Random } from "../../simulation/random.ts";
import { NEVER, outside, THEN } from "../outside.ts";

const MINUTE = 60_000;

/** What a line may say of a monitor that Kuma shows so. */
const ALLOWED: Readonly<Record<string, readonly (Level | undefined)[]>> = {
  // Of a push monitor two series may differ; then the graver one is told.
  1: ["ok", "bad", "warn", "unknown"],
  0: ["bad"],
  2: ["warn", "bad"],
  3: ["bad", "warn", "unknown"],
  "no beat": [undefined, "unknown"],
};

for (let seed = 1; seed <= 25; seed++) {
  Deno.test(`kuma: whatever is pushed, tagged, renamed and paused, nothing is greener than Kuma (${seed})`, async () => {
    const numbers = new Random(seed);
    const random = () => numbers.next();
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const kuma = new KumaSim(THEN, ["role", "room", "window"]);
    const ids = ["http", "http", "push", "push", "port"].map((type, index) =>
      kuma.add(`${type} ${index}`, type)
    );
    const fetch = served(kuma);
    const clock = { ...outside().clock, now: () => kuma.now };
    const world = outside({ clock, fetch, readTextFile: () => Promise.resolve("k") });
    const byKey = createKuma({ url: "http://kuma", api_key_file: "k" }, world);
    const byPage = createKuma({ url: "http://kuma", status_page: "home" }, world);
    for (let round = 0; round < 60; round++) {
      kuma.now += MINUTE;
      for (const id of ids) step(kuma, id, pick, random);
      const rows = await Promise.all(
        [byKey, byPage].map(async (probe) => (await probe.check(NEVER)).rows),
      );
      for (const id of ids) {
        const shown = kuma.shows(id);
        const [keyRow, pageRow] = rows.map((each) =>
          each.find(({ key }) => key === `monitor ${id}`)
        );
        if (shown === "paused") continue; // The metrics lose it, the page keeps its last beat.
        const says = `${shown}, by key ${keyRow?.text}, by page ${pageRow?.text}`;
        const { tags } = kuma.monitors.get(id)!;
        // Until Kuma restarts it has no label for a tag that is new, and then no series at all.
        const lost = tags.includes("made later") && (keyRow?.level ?? "unknown") === "unknown";
        assert(lost || ALLOWED[shown]!.includes(keyRow?.level), says);
        if (shown !== "no beat") assertEquals(pageRow?.level, levelOf(shown), says);
      }
    }
  });
}

const levelOf = (beat: Beat): Level => (["bad", "ok", "warn", "unknown"] as const)[beat];

function step(
  kuma: KumaSim,
  id: number,
  pick: <T>(list: readonly T[]) => T,
  random: () => number,
): void {
  const { type, active } = kuma.monitors.get(id)!;
  if (random() < 0.03) kuma.tag(id, pick(["role", "room", "window", "made later"]));
  if (random() < 0.03) kuma.rename(id, `${type} ${id} again`);
  if (active && random() < 0.02) kuma.pause(id);
  else if (!active && random() < 0.3) kuma.resume(id);
  if (type !== "push") return kuma.check(id, pick([0, 1, 1, 1, 2, 3] as const), 5);
  if (random() < 0.7) kuma.push(id, 1, pick([null, 7]));
  else if (random() < 0.3) kuma.push(id, 0);
  kuma.now += 1;
  kuma.checkPush(id);
}

const served = (kuma: KumaSim) => (url: string) => {
  const route = kuma.routes()[new URL(url).pathname] as (request: Request) => Response;
  return Promise.resolve(route(new Request(url)));
};

/** A line is greener when it was not green and is now. */
const greener = (before: readonly Row[], after: readonly Row[]) =>
  after.filter((row) =>
    row.level === "ok" && before.some((each) => each.key === row.key && each.level !== "ok")
  );

/** A Kuma with a monitor in every state, whose groups have members. */
function everyState(): KumaSim {
  const kuma = new KumaSim(THEN);
  const states = [0, 1, 2, 3] as const;
  for (const status of states) kuma.check(kuma.add(`http ${status}`), status, 3);
  kuma.check(kuma.add("ends soon", "http", { certDays: 4 }), 1);
  kuma.check(kuma.add("has ended", "http", { certDays: -2 }), 1);
  kuma.check(kuma.add("both", "group"), 0);
  const push = kuma.add("push", "push");
  kuma.push(push);
  kuma.check(push, 0);
  return kuma;
}

Deno.test("kuma: no line of the metrics that is taken away makes a line greener", async () => {
  const page = everyState().metrics();
  const rowsOf = async (text: string) => {
    const fetch = () => Promise.resolve(new Response(text));
    const world = outside({ fetch, readTextFile: () => Promise.resolve("k") });
    const { rows } = await createKuma({ url: "http://kuma", api_key_file: "k" }, world).check(
      NEVER,
    );
    return rows;
  };
  const whole = await rowsOf(page);
  const lines = page.split("\n");
  assert(lines.length > 30);
  for (const [index, line] of lines.entries()) {
    const rest = await rowsOf(lines.filter((_, each) => each !== index).join("\n"));
    assertEquals(greener(whole, rest), [], line);
    const missing = whole.filter(({ key }) => !rest.some((row) => row.key === key));
    assertEquals(missing, [], line);
  }
});

Deno.test("kuma: no answer, monitor or beat of a status page that is taken away makes a line greener", async () => {
  const kuma = everyState();
  const rowsOf = async (page: unknown, beats: unknown) => {
    const fetch = (url: string) =>
      Promise.resolve(Response.json(url.includes("heartbeat") ? beats : page));
    const { rows } = await createKuma(
      { url: "http://kuma", status_page: "home" },
      outside({ fetch }),
    )
      .check(NEVER);
    return rows;
  };
  const [page, beats] = [kuma.page(), kuma.heartbeats()];
  const whole = await rowsOf(page, beats);
  for (const id of kuma.monitors.keys()) {
    const { [id]: _, ...rest } = beats.heartbeatList;
    const without = [{ ...beats, heartbeatList: rest }, {
      ...beats,
      heartbeatList: { ...rest, [id]: [] },
    }];
    for (const each of without) {
      const rows = await rowsOf(page, each);
      assertEquals(greener(whole, rows), [], `beats of ${id}`);
      assertEquals(rows.find(({ key }) => key === `monitor ${id}`)?.level, "unknown");
    }
  }
  for (const each of [{}, null, { ...beats, heartbeatList: null }]) {
    const rows = await rowsOf(page, each);
    assertEquals(rows.filter(({ level, detail }) => level === "ok" && !detail), []);
  }
  assertEquals((await rowsOf({}, beats)).map(({ level, service }) => [level, service]), [
    ["unknown", true],
  ]);
});
