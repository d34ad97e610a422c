/** From the press on Stop to the interrupt that `claude` reads, while twenty other sessions stream. */
import { join } from "@std/path";
import { ADA, Bench, buttons } from "../e2e/harness.ts";
import { standIn } from "../sim/program.ts";

const FORUM = -1_001_000_000_001;
const OTHERS = 20;
const ROUNDS = 15;

const medianOf = (samples: number[]) => samples.sort((a, b) => a - b)[samples.length >> 1]!;

/** The row of the table; the floor is the same interrupt written to a bare pipe, under the same load. */
export async function stops(): Promise<{ what: string; ours: string; floor: string }[]> {
  await using bench = await Bench.make({ settings: { claude: { max_processes: OTHERS + 1 } } });
  bench.api.addGroup({ id: FORUM, title: "Homelab", is_forum: true });
  await bench.start();
  await streamOthers(bench);
  bench.say("/new mine");
  await bench.hears(/Made mine/);
  const ours: number[] = [];
  for (let round = 0; round < ROUNDS; round++) ours.push(await oneStop(bench));
  const floor = await bareStops(bench);
  return [{
    what: `Stop pressed to claude's interrupt, ${OTHERS} others stream / bare pipe`,
    ours: `${medianOf(ours)} ms`,
    floor: `${medianOf(floor)} ms`,
  }];
}

async function streamOthers(bench: Bench): Promise<void> {
  const topics = Array.from({ length: OTHERS }, (_, n) => bench.api.addTopic(FORUM, `topic ${n}`));
  const say = (thread: number, text: string) =>
    bench.api.send({ from: ADA, chat: FORUM, thread, text });
  for (const [n, thread] of topics.entries()) {
    say(thread, `/new s${n}`);
    say(thread, "CHUNK:20 SLOW:50 LONG:100000");
  }
  await bench.api.waitFor(
    () => topics.every((thread) => bench.api.messages(FORUM, { thread }).some(isStatus)),
    { what: "twenty streams", timeoutMs: 60_000 },
  );
}

const isStatus = ({ text }: { text: string }) => text.includes("· working");

/** Milliseconds from a press to the interrupt; both ends tell the machine's time. */
async function oneStop(bench: Bench): Promise<number> {
  bench.say("CHUNK:10 SLOW:100 LONG:5000");
  const message = await bench.api.waitFor(
    (api) => api.messages(ADA).findLast((each) => buttons(each).includes("⏹ Stop")),
    { what: "the Stop button" },
  );
  const before = Date.now();
  const { answer } = bench.api.press({
    from: ADA,
    chat: ADA,
    messageId: message.message_id,
    button: "⏹ Stop",
  });
  const at = await interruptSince(() => bench.recorded(), before);
  await answer;
  await bench.api.waitFor(
    (api) => !api.messages(ADA).some((each) => buttons(each).includes("⏹ Stop")),
    { what: "the end of the turn" },
  );
  return at - before;
}

async function interruptSince(
  recorded: () => Promise<Record<string, unknown>[]>,
  since: number,
): Promise<number> {
  for (;;) {
    const found = (await recorded()).findLast(({ event }) => event === "interrupt");
    if (Number(found?.["at"] ?? 0) >= since) return Number(found!["at"]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function bareStops(bench: Bench): Promise<number[]> {
  const [program, ...args] = standIn();
  const log = join(bench.home, "bare.log");
  const format = ["--input-format", "stream-json", "--output-format", "stream-json"];
  const child = new Deno.Command(program!, {
    args: [...args, "-p", ...format, "--verbose"],
    cwd: bench.home,
    env: { CLAUDE_CONFIG_DIR: join(bench.home, "bare"), SIM_CLAUDE_LOG: log },
    stdin: "piped",
    stdout: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const recorded = async () => {
    const text = await Deno.readTextFile(log).catch(() => "");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  };
  const samples: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const request = { subtype: "interrupt", cancel_queued: true };
    const line = { type: "control_request", request_id: `${round}`, request };
    const before = Date.now();
    await writer.write(new TextEncoder().encode(JSON.stringify(line) + "\n"));
    const at = await interruptSince(recorded, before);
    if (round >= 0) samples.push(at - before); // The first one waits for the start.
  }
  await writer.close();
  await child.status;
  return samples;
}
