import { assert, assertEquals } from "@std/assert";
import type { Level } from "../../lib/level.ts";
import type { ProbeName, Report, Row } from "../../lib/homelab/mod.ts";
import type { AlertLine, AlertThing } from "../../lib/journal/mod.ts";
import { alertStep } from "../../lib/schedule/alerts.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = new Date("2026-11-20T12:00:00").getTime();

const TITLES: Record<ProbeName, string> = {
  ...{ pbs: "PBS", backups: "Backups", pve: "Proxmox VE" },
  ...{ beszel: "Beszel", kuma: "Uptime Kuma", ping: "Ping" },
};

/** Levels by name; a row that is more than its level is given whole. */
type Rows = Readonly<Record<string, Level | Omit<Row, "name" | "text">>>;

const detail: Rows[string] = { level: "ok", detail: true };
const note = (level: Level): Rows[string] => ({ level, note: true });
const inPart = (part: string, level: Level): Rows[string] => ({ level, part });

const reportOf = (probe: ProbeName, rows: Rows): Report => ({
  title: TITLES[probe],
  level: "ok",
  summary: "",
  rows: Object.entries(rows).map(([name, row]): Row => {
    const rest = typeof row === "string" ? { level: row } : row;
    const service = name === TITLES[probe] ? { service: true } as const : {};
    return { name, ...service, ...rest, text: `is ${rest.level}` };
  }),
  at: 0,
});

/** A homelab whose checks a test makes, with all that is told of them. */
class Homelab {
  now = NOON;
  things: readonly AlertThing[] = [];
  quietHours: string | null = "23:00-07:00";

  /** One check; five minutes later is the next. @returns what is told. */
  check(probes: Partial<Record<ProbeName, Rows>>): string[] {
    const reports = new Map(
      Object.entries(probes).map(([probe, rows]) =>
        [probe as ProbeName, reportOf(probe as ProbeName, rows)] as const
      ),
    );
    return this.#step(reports);
  }

  /** The same, of Uptime Kuma alone. */
  look(report: Report): string[] {
    return this.#step(new Map([["kuma", report]]));
  }

  #step(reports: ReadonlyMap<ProbeName, Report>): string[] {
    const { things, lines } = alertStep(this.things, reports, this);
    this.things = structuredClone(things);
    this.now += 5 * MINUTE;
    return lines.map(words);
  }

  /** The same check so many times. @returns all that is told. */
  checks(count: number, probes: Partial<Record<ProbeName, Rows>>): string[] {
    return Array.from({ length: count }, () => this.check(probes)).flat();
  }

  mute(name: string, until: number): void {
    this.things = this.things.map((thing) =>
      thing.name === name ? { ...thing, mutedUntil: until } : thing
    );
  }
}

const words = ({ kind, level, name, from, to }: AlertLine) =>
  `${kind} ${level} ${name} ${(to - from) / MINUTE} min`;

Deno.test("alerts: trouble is told once two checks agree, and its end with how long it took", () => {
  const home = new Homelab();
  assertEquals(home.checks(3, { ping: { nas: "ok" } }), []);
  assertEquals(home.check({ ping: { nas: "bad" } }), []);
  assertEquals(home.check({ ping: { nas: "bad" } }), ["trouble bad nas 5 min"]);
  assertEquals(home.checks(9, { ping: { nas: "bad" } }), []);
  assertEquals(home.check({ ping: { nas: "ok" } }), []);
  assertEquals(home.check({ ping: { nas: "ok" } }), ["recovered bad nas 55 min"]);
  assertEquals(home.checks(3, { ping: { nas: "ok" } }), []);
});

Deno.test("alerts: one bad check is nothing", () => {
  const home = new Homelab();
  for (let round = 0; round < 5; round++) {
    assertEquals(home.check({ kuma: { web: "bad" } }), []);
    assertEquals(home.check({ kuma: { web: "ok" } }), []);
  }
});

Deno.test("alerts: what flaps at each look is told once as unstable, and when it is steady again", () => {
  const home = new Homelab();
  home.quietHours = null;
  const flap = (rounds: number) =>
    Array.from({ length: rounds }, () => [
      ...home.check({ kuma: { web: "bad" } }),
      ...home.check({ kuma: { web: "ok" } }),
    ]).flat();
  assertEquals(flap(12), ["unstable warn web 60 min"], "2 hours");
  assertEquals(flap(24), [], "4 hours more");
  assertEquals(home.checks(36, { kuma: { web: "ok" } }), ["steady warn web 355 min"]);
  assertEquals(home.checks(100, { kuma: { web: "ok" } }), []);
  assertEquals(flap(24).length, 1);
});

Deno.test("alerts: three looks in a row are trouble, however unstable it was before", () => {
  const home = new Homelab();
  home.quietHours = null;
  for (let round = 0; round < 12; round++) {
    home.check({ beszel: { nas: "bad" } });
    home.check({ beszel: { nas: "ok" } });
  }
  assertEquals(home.checks(3, { beszel: { nas: "bad" } }), ["trouble bad nas 5 min"]);
  assertEquals(home.checks(40, { beszel: { nas: "bad" } }), []);
  assertEquals(home.checks(2, { beszel: { nas: "ok" } }).length, 1);
});

Deno.test("alerts: what flaps in the quiet hours is told when they end, if it still does", () => {
  const home = new Homelab();
  home.now = new Date("2026-11-21T02:00:00").getTime();
  const flap = (rounds: number) =>
    Array.from({ length: rounds }, () => [
      ...home.check({ kuma: { web: "bad" } }),
      ...home.check({ kuma: { web: "ok" } }),
    ]).flat();
  assertEquals(flap(29), []);
  assertEquals(flap(4), ["unstable warn web 300 min"]);
});

Deno.test("alerts: a backup that is missing is told at once", () => {
  const home = new Homelab();
  home.check({ backups: { "vm/101": "ok" } });
  assertEquals(home.check({ backups: { "vm/101": "bad" } }), ["trouble bad vm/101 0 min"]);
  assertEquals(home.check({ backups: { "vm/101": "ok" } }), ["recovered bad vm/101 5 min"]);
});

Deno.test("alerts: what was bad before anybody looked is told too", () => {
  const home = new Homelab();
  assertEquals(home.check({ backups: { "vm/101": "warn" } }), ["trouble warn vm/101 0 min"]);
});

Deno.test("alerts: trouble that gets worse is told again, and milder after a while", () => {
  const home = new Homelab();
  assertEquals(home.checks(2, { pbs: { main: "warn" } }), ["trouble warn main 5 min"]);
  assertEquals(home.checks(2, { pbs: { main: "bad" } }), ["trouble bad main 15 min"]);
  assertEquals(home.checks(2, { pbs: { main: "warn" } }), []);
  assertEquals(home.checks(9, { pbs: { main: "warn" } }).length, 1);
});

Deno.test("alerts: a value at its threshold is told of the milder level alone", () => {
  const home = new Homelab();
  const told = Array.from(
    { length: 10 },
    (_, round) => home.check({ beszel: { nas: round % 2 === 0 ? "warn" : "bad" } }),
  ).flat();
  assertEquals(told, ["trouble warn nas 5 min"]);
});

Deno.test("alerts: what comes and goes all night is told less and less often", () => {
  const home = new Homelab();
  home.quietHours = null;
  const told = Array.from({ length: 36 }, () => [
    ...home.checks(2, { ping: { nas: "bad" } }),
    ...home.checks(2, { ping: { nas: "ok" } }),
  ]).flat(); // 12 hours, 72 changes.
  assert(told.length <= 14, told.join("\n"));
  assert(told.length >= 6, told.join("\n"));
});

Deno.test("alerts: several at once are one telling, the worst first", () => {
  const home = new Homelab();
  home.checks(2, { pve: { "vm 7": "bad" } });
  home.check({ pve: { "vm 7": "ok" }, ping: { nas: "bad" }, pbs: { main: "warn" } });
  assertEquals(home.check({ pve: { "vm 7": "ok" }, ping: { nas: "bad" }, pbs: { main: "warn" } }), [
    "trouble bad nas 5 min",
    "trouble warn main 5 min",
    "recovered bad vm 7 10 min",
  ]);
});

Deno.test("alerts: a hub that does not answer is told, and nothing is said of what it knows", () => {
  const home = new Homelab();
  home.checks(2, { beszel: { nas: "bad", pve1: "ok" } });
  const dead = { beszel: { Beszel: "bad" } } as const;
  assertEquals(home.checks(24, dead), ["trouble bad Beszel 5 min"]);
  assertEquals(home.checks(2, { beszel: { nas: "bad", pve1: "ok" } }), [
    "recovered bad Beszel 120 min",
  ]);
  assertEquals(home.checks(2, { beszel: { nas: "ok", pve1: "ok" } }), [
    "recovered bad nas 140 min",
  ]);
});

Deno.test("alerts: a hub that nobody understands any more is told like one that is away", () => {
  const home = new Homelab();
  home.checks(2, { kuma: { web: "ok" } });
  assertEquals(home.checks(3, { kuma: { "Uptime Kuma": "unknown" } }), [
    "trouble unknown Uptime Kuma 5 min",
  ]);
});

Deno.test("alerts: an unknown thing says nothing, an unknown backup does", () => {
  const home = new Homelab();
  home.checks(2, { beszel: { nas: "bad" }, backups: { "ct/7": "ok" } });
  assertEquals(home.checks(4, { beszel: { nas: "unknown" }, backups: { "ct/7": "unknown" } }), [
    "trouble unknown ct/7 5 min",
  ]);
});

Deno.test("alerts: a backup that is not listed any more is told", () => {
  const home = new Homelab();
  home.checks(2, { backups: { "vm/1": "ok", "vm/2": "ok" } });
  assertEquals(home.checks(3, { backups: { "vm/1": "ok" } }), ["gone unknown vm/2 0 min"]);
  assertEquals(home.checks(3, { backups: { "vm/1": "ok", "vm/2": "ok" } }), []);
});

Deno.test("alerts: an empty list of backups is no good news", () => {
  const home = new Homelab();
  home.check({ backups: { "vm/1": "bad", "vm/2": "ok" } });
  assertEquals(home.checks(2, { backups: {} }), ["gone bad vm/1 5 min", "gone unknown vm/2 0 min"]);
});

Deno.test("alerts: details come and go without a word, a leftover's backup too", () => {
  const home = new Homelab();
  const listed = { "ct/1": "ok", "ct/1 in usb": detail, "ct/9": detail } as const;
  home.checks(2, { backups: listed });
  assertEquals(home.checks(24, { backups: { "ct/1": "ok" } }), []);
});

Deno.test("alerts: a leftover that was doubted before is well, and then nobody misses it", () => {
  const home = new Homelab();
  home.quietHours = null;
  home.checks(2, { backups: { "ct/9": "unknown" } });
  assertEquals(home.check({ backups: { "ct/9": detail } }), ["recovered unknown ct/9 10 min"]);
  home.checks(12 * 7, { backups: { "ct/9": detail, "ct/1": "ok" } });
  assertEquals(home.checks(24, { backups: { "ct/1": "ok" } }), []);
});

Deno.test("alerts: a note is told when two checks agree, and its absence is its end", () => {
  const home = new Homelab();
  home.checks(2, { backups: { "ct/1": "ok" } });
  home.check({ backups: { "ct/1": "ok", "datastore main": note("unknown") } });
  assertEquals(home.checks(9, { backups: { "ct/1": "ok" } }), [], "one slow read");
  assertEquals(home.checks(4, { backups: { "ct/1": "ok", PVE: note("unknown") } }), [
    "trouble unknown PVE 5 min",
  ]);
  assertEquals(home.checks(9, { backups: { "ct/1": "ok" } }), ["recovered unknown PVE 20 min"]);
  assertEquals(home.checks(2, { kuma: { web: "ok", "incident: x": note("warn") } }).length, 1);
  assertEquals(home.checks(2, { kuma: { web: "ok" } }), ["recovered warn incident: x 10 min"]);
});

Deno.test("alerts: notes are forgotten when they are long over", () => {
  const home = new Homelab();
  home.quietHours = null;
  home.checks(2, { backups: { "ct/1": "ok", PVE: note("unknown") } });
  home.checks(12 * 7, { backups: { "ct/1": "ok" } });
  assertEquals(home.things.map(({ name }) => name), ["ct/1"]);
});

Deno.test("alerts: a guest that only PVE knows is not gone while PVE does not answer", () => {
  const home = new Homelab();
  home.checks(2, { backups: { "ct/1": "ok", "ct/2": "warn" } });
  assertEquals(home.checks(24, { backups: { "ct/1": "ok", PVE: note("unknown") } }), [
    "trouble unknown PVE 5 min",
  ]);
  assertEquals(home.checks(3, { backups: { "ct/1": "ok", "ct/2": "warn" } }), [
    "recovered unknown PVE 120 min",
  ]);
});

Deno.test("alerts: what is not known for a reason that a note names is told after an hour", () => {
  const home = new Homelab();
  home.checks(2, { backups: { "ct/1": "ok", "ct/2": "bad" } });
  const doubted = { "ct/1": "unknown", "ct/2": "unknown", main: note("unknown") } as const;
  assertEquals(home.checks(12, { backups: doubted }), ["trouble unknown main 5 min"]);
  assertEquals(home.checks(3, { backups: doubted }), [
    "trouble unknown ct/1 5 min",
    "trouble unknown ct/2 75 min",
  ]);
});

Deno.test("alerts: trouble is not over because its part of the report is not known", () => {
  const home = new Homelab();
  home.checks(2, { pbs: { main: inPart("datastores", "bad"), host: "ok" } });
  const blind = { datastores: note("unknown"), host: "ok" } as const;
  assertEquals(home.checks(24, { pbs: blind }), []);
  assertEquals(home.checks(2, { pbs: { main: inPart("datastores", "ok"), host: "ok" } }), [
    "recovered bad main 130 min",
  ]);
  home.checks(2, { pbs: { "backup ct/1": inPart("tasks", "bad"), host: "ok" } });
  assertEquals(home.checks(13, { pbs: { host: note("unknown"), gc: "ok" } }).length, 1);
});

Deno.test("alerts: a thing that is named as unknown is not gone", () => {
  const home = new Homelab();
  home.checks(2, { beszel: { nas: "bad", pve1: "ok" } });
  assertEquals(home.checks(24, { beszel: { nas: "unknown", pve1: "ok" } }), []);
});

Deno.test("alerts: a backup that comes and goes all night is told less and less often", () => {
  for (const calm of ["ok", "unknown"] as const) {
    const home = new Homelab();
    home.quietHours = null;
    const told = Array.from({ length: 36 }, () => [
      ...home.checks(2, { backups: { "ct/1": "bad" } }),
      ...home.checks(2, { backups: { "ct/1": calm } }),
    ]).flat();
    assert(told.length <= 18, `${calm}: ${told.length}`);
    assert(told.length >= 6, told.join("\n"));
  }
});

Deno.test("alerts: a clock that is set back makes nobody wait", () => {
  const home = new Homelab();
  home.checks(2, { ping: { nas: "bad" } });
  home.checks(2, { ping: { nas: "ok" } });
  home.now -= 5 * HOUR;
  assertEquals(home.checks(2, { ping: { nas: "bad" } }).length, 1);
});

Deno.test("alerts: trouble that its service does not name any more is not over for an hour", () => {
  const home = new Homelab();
  home.checks(2, { kuma: { web: "bad", dns: "ok" } });
  assertEquals(home.checks(6, { kuma: { dns: "ok" } }), []);
  assertEquals(home.checks(2, { kuma: { web: "bad", dns: "ok" } }), []);
  assertEquals(home.checks(20, { kuma: { dns: "ok" } }), ["gone bad web 50 min"]);
});

Deno.test("alerts: in the quiet hours nothing is said; then what lasts and what has passed", () => {
  const home = new Homelab();
  home.check({ ping: { nas: "ok", router: "ok" }, backups: { "vm/1": "ok" } });
  home.now = new Date("2026-11-21T02:00:00").getTime();
  const night = [
    ...home.checks(4, { ping: { nas: "bad", router: "bad" }, backups: { "vm/1": "ok" } }),
    ...home.checks(56, { ping: { nas: "ok", router: "bad" }, backups: { "vm/1": "bad" } }),
  ];
  assertEquals(night, []);
  assertEquals(new Date(home.now).getHours(), 7);
  assertEquals(home.check({ ping: { nas: "ok", router: "bad" }, backups: { "vm/1": "bad" } }), [
    "trouble bad vm/1 280 min",
    "trouble bad router 300 min",
    "passed bad nas 20 min",
  ]);
  assertEquals(
    home.checks(3, { ping: { nas: "ok", router: "bad" }, backups: { "vm/1": "bad" } }),
    [],
  );
});

Deno.test("alerts: what recovers in the quiet hours is told after them", () => {
  const home = new Homelab();
  home.now = new Date("2026-11-20T22:30:00").getTime();
  assertEquals(home.checks(2, { ping: { nas: "bad" } }).length, 1);
  home.now = new Date("2026-11-21T01:30:00").getTime();
  assertEquals(home.checks(66, { ping: { nas: "ok" } }), []);
  assertEquals(home.check({ ping: { nas: "ok" } }), ["recovered bad nas 180 min"]);
});

Deno.test("alerts: what is muted is silent until then, the rest is not", () => {
  const home = new Homelab();
  home.checks(2, { ping: { nas: "ok", router: "ok" } });
  home.mute("nas", home.now + HOUR);
  assertEquals(home.checks(6, { ping: { nas: "bad", router: "bad" } }), [
    "trouble bad router 5 min",
  ]);
  assertEquals(home.checks(8, { ping: { nas: "bad", router: "bad" } }), [
    "trouble bad nas 60 min",
  ]);
});

Deno.test("alerts: who mutes a hub mutes what it knows", () => {
  const home = new Homelab();
  home.checks(2, { kuma: { "Uptime Kuma": "bad" } });
  home.mute("Uptime Kuma", home.now + 24 * HOUR);
  assertEquals(home.checks(9, { kuma: { web: "bad" } }), []);
});

Deno.test("alerts: a probe that was not asked changes nothing", () => {
  const home = new Homelab();
  home.checks(2, { ping: { nas: "bad" }, backups: { "vm/1": "ok" } });
  assertEquals(home.checks(30, {}), []);
  assertEquals(home.things.length, 2);
});

const LEVELS: readonly Level[] = ["ok", "ok", "ok", "unknown", "warn", "bad"];

for (let seed = 1; seed <= 40; seed++) {
  Deno.test(`alerts: whatever comes, in the end the person believes what is so (${seed})`, () => {
    const home = new Homelab();
    const random = randomFrom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const rows = (title: string, names: readonly string[]): Rows =>
      random() < 0.1 ? { [title]: pick(["bad", "unknown"]) } : Object.fromEntries(
        names.filter(() => random() < 0.95).map((name) => [name, pick(LEVELS)]),
      );
    const believed = new Map<string, unknown>();
    const hear = (told: readonly string[]) => {
      for (const line of told) {
        const [kind, level, name] = line.split(" ") as [AlertLine["kind"], Level, string];
        const news: Level = kind === "trouble" ? level : "ok";
        // Trouble is never told twice at the same level without an end between.
        if (kind === "trouble") assert(believed.get(name) !== level, line);
        if (["trouble", "recovered", "gone"].includes(kind)) believed.set(name, news);
      }
    };
    for (let round = 0; round < 400; round++) {
      hear(home.check({
        kuma: rows(TITLES.kuma, ["web", "dns"]),
        backups: rows(TITLES.backups, ["vm/1", "ct/2"]),
      }));
      if (random() < 0.02) home.mute(pick(["web", "vm/1", TITLES.kuma]), home.now + HOUR);
    }
    const end = {
      kuma: { web: pick(["ok", "bad"] as const), dns: pick(["ok", "warn"] as const) },
      backups: { "vm/1": pick(["ok", "bad"] as const), "ct/2": pick(["ok", "unknown"] as const) },
    };
    for (let round = 0; round < 288; round++) hear(home.check(end)); // A day.
    for (const [name, level] of Object.entries({ ...end.kuma, ...end.backups })) {
      assertEquals([name, believed.get(name) ?? "ok"], [name, level]);
    }
    assertEquals(home.things.filter(({ told, level }) => told !== level), []);
  });
}

for (let seed = 1; seed <= 30; seed++) {
  Deno.test(`alerts: only what a report calls well is told as over, whatever vanishes (${seed})`, () => {
    const home = new Homelab();
    home.quietHours = seed % 2 === 0 ? null : home.quietHours;
    const random = randomFrom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const keys = ["monitor 1", "monitor 2", "disk 3", "alert 4"];
    for (let round = 0; round < 300; round++) {
      const part = random() < 0.2 ? [{ name: "SMART", note: true as const }] : [];
      const things = keys.filter((key) => random() < 0.8 && !(part.length > 0 && /disk/.test(key)))
        .map((key): Row => ({
          ...{ key, name: pick(["web", "Uptime Kuma"]), text: "", level: pick(LEVELS) },
          ...(key === "disk 3" ? { part: "SMART" } : {}),
          ...(random() < 0.1 ? { detail: true as const } : {}),
        }));
      const rows: Row[] = random() < 0.1
        ? [{ name: TITLES.kuma, service: true, level: pick(["bad", "unknown"]), text: "" }]
        : [...things, ...part.map((each): Row => ({ ...each, level: "unknown", text: "" }))];
      const report = { ...reportOf("kuma", {}), rows };
      const { things: after, lines } = alertStep(home.things, new Map([["kuma", report]]), home);
      for (const { kind, id, service } of lines) {
        if (!["recovered", "steady", "passed"].includes(kind) || service) continue;
        const row = rows.find(({ key }) => `thing ${key}` === id);
        // What has passed while nothing was said may be known to be worse again.
        assert(row !== undefined, `${kind} ${id}`);
        if (kind !== "passed") assert(row.level === "ok" || row.detail, `${kind} ${id}`);
      }
      home.things = structuredClone(after);
      home.now += 5 * MINUTE;
    }
  });
}

/** The same numbers for the same seed, between 0 and 1. */
function randomFrom(seed: number): () => number {
  let state = seed * 2654435761 % 2 ** 32;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

Deno.test("alerts: a thing that has its service's name is a thing like any other", () => {
  const rows = (level: Level): Row[] => [
    { name: TITLES.kuma, key: "monitor 18", level, text: "" },
    { name: "web", key: "monitor 1", level: "ok", text: "" },
  ];
  const home = new Homelab();
  const look = (level: Level) => home.look({ ...reportOf("kuma", {}), rows: rows(level) });
  assertEquals([look("bad"), look("bad"), look("bad")].flat(), ["trouble bad Uptime Kuma 5 min"]);
  assertEquals(home.things.map(({ id, service }) => [id, service]), [
    ["thing monitor 1", false],
    ["thing monitor 18", false],
  ]);
  const dead = { ...reportOf("kuma", { [TITLES.kuma]: "bad" }) };
  assertEquals([dead, dead].flatMap((report) => home.look(report)), [
    "trouble bad Uptime Kuma 5 min",
  ]);
  assertEquals([look("ok"), look("ok")].flat(), [
    "recovered bad Uptime Kuma 10 min",
    "recovered bad Uptime Kuma 25 min",
  ]);
});

Deno.test("alerts: two things of one name are two, and one that is renamed stays itself", () => {
  const home = new Homelab();
  const look = (...rows: readonly (readonly [key: string, name: string, level: Level])[]) =>
    home.look({
      ...reportOf("kuma", {}),
      rows: rows.map(([key, name, level]) => ({ key, name, level, text: "" })),
    });
  const both = [["monitor 1", "web", "ok"], ["monitor 2", "web", "bad"]] as const;
  assertEquals([look(...both), look(...both)].flat(), ["trouble bad web 5 min"]);
  const renamed = [["monitor 1", "web", "ok"], ["monitor 2", "shop", "ok"]] as const;
  assertEquals([look(...renamed), look(...renamed)].flat(), ["recovered bad shop 10 min"]);
});

Deno.test("alerts: what an earlier version knew by its name is found by it, and told no second time", () => {
  const home = new Homelab();
  const rows: Row[] = [{ name: "web", key: "monitor 7", level: "bad", text: "" }];
  const report = { ...reportOf("kuma", {}), rows };
  assertEquals([report, report].flatMap((each) => home.look(each)).length, 1);
  home.things = home.things.map((thing) => ({ ...thing, id: null }));
  assertEquals(home.check({ kuma: { [TITLES.kuma]: "bad" } }), []);
  assertEquals(home.things.find(({ name }) => name === "web")?.id, null);
  assertEquals([report, report, report].flatMap((each) => home.look(each)), []);
  assertEquals(home.things.filter(({ service }) => !service).map(({ id }) => id), [
    "thing monitor 7",
  ]);
});

Deno.test("alerts: several rows of one name are the worst of them", () => {
  const report: Report = {
    ...reportOf("beszel", {}),
    rows: [
      { name: "nas", level: "ok", text: "" },
      { name: "nas", level: "bad", text: "disk 97 %" },
      { name: "nas", level: "warn", text: "" },
      { name: "pve", level: "bad", text: "", detail: true },
    ],
  };
  const options = { now: NOON, quietHours: null };
  const reports = new Map([["beszel", report]] as const);
  const first = alertStep([], reports, options);
  const { lines } = alertStep(first.things, reports, options);
  assertEquals(lines.map(({ name, level, text }) => `${name} ${level} ${text}`), [
    "nas bad disk 97 %",
  ]);
});

Deno.test("alerts: what is paused on purpose rings nothing, and is not well by that", () => {
  const lab = new Homelab();
  const away: Rows[string] = { level: "unknown", detail: true };
  assertEquals(lab.checks(2, { beszel: { nas: "ok", pi: "bad" } }).length, 1);
  assertEquals(lab.checks(300, { beszel: { nas: away, pi: away } }), []);
  const [again, ...more] = lab.checks(3, { beszel: { nas: "ok", pi: "ok" } });
  assert(again?.includes("recovered") && again.includes("pi"), again);
  assertEquals(more, []);
});
