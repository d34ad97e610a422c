/** The files that a message passes on its way to its answer, by the functions that V8 saw called. */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { Bench } from "./harness.ts";

/** At most so many files of `lib/` take part in one message. The aim is 40; the number only shrinks. */
const MOST_FILES = 105;

/** V8's own counting of calls, over the inspector's protocol (Chrome DevTools Protocol, Profiler). */
class Profiler implements Disposable {
  #id = 0;
  readonly #waiting = new Map<number, (result: Record<string, unknown>) => void>();

  private constructor(readonly socket: WebSocket) {
    socket.onmessage = ({ data }) => {
      const { id, result } = JSON.parse(data);
      this.#waiting.get(id)?.(result);
    };
  }

  static async connect(said: () => string): Promise<Profiler> {
    const address = /ws:\/\/\S+/.exec(said())?.[0];
    assert(address !== undefined, `No inspector in: ${said()}`);
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const profiler = new Profiler(socket);
    await profiler.#ask("Profiler.enable");
    await profiler.#ask("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    return profiler;
  }

  #ask(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const answered = new Promise<Record<string, unknown>>((resolve) =>
      this.#waiting.set(id, resolve)
    );
    this.socket.send(JSON.stringify({ id, method, params }));
    return answered;
  }

  /** The functions that were called since this was last asked, by their file of `lib/`. */
  async called(): Promise<Map<string, string[]>> {
    const { result } = await this.#ask("Profiler.takePreciseCoverage") as { result: Script[] };
    const files = new Map<string, string[]>();
    for (const { url, functions } of result) {
      const path = /\/lib\/(.*\.ts)$/.exec(url)?.[1];
      if (path === undefined || url.includes("node_modules")) continue;
      const names = functions.filter(({ functionName, ranges }) =>
        functionName !== "" && (ranges[0]?.count ?? 0) > 0
      ).map(({ functionName }) => functionName);
      if (names.length > 0) files.set(path, names);
    }
    return files;
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

interface Script {
  readonly url: string;
  readonly functions: { functionName: string; ranges: { count: number }[] }[];
}

Deno.test({
  name: `e2e: a warm message passes at most ${MOST_FILES} files from its update to its answer`,
  // A compiled executable has no inspector.
  ignore: Deno.env.has("SWITCHBOARD_EXECUTABLE"),
  fn: async () => {
    await using bench = await Bench.make();
    const [deno, run, ...rest] = bench.program;
    assertEquals(run, "run");
    bench.program = [deno!, run!, "--inspect=127.0.0.1:0", ...rest];
    await bench.start();
    bench.say("/new work");
    await bench.hears(/Made work/);
    bench.say("first");
    await bench.hears(/ok #1/);
    await delay(1_500); // What the first message left to do is done.
    using profiler = await Profiler.connect(() => bench.said);
    await profiler.called();
    bench.say("second");
    await bench.hears(/ok #2/);
    const files = await profiler.called();
    const called = [...files].map(([path, names]) => `${path}: ${names.join(" ")}`).sort();
    assert(files.has("telegram/inbox/router.ts"), "nothing was counted");
    assert(called.length <= MOST_FILES, `${called.length} files:\n${called.join("\n")}`);
  },
});
