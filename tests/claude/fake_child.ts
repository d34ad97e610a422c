import type { TurnEvent } from "../../lib/claude/events.ts";
import { type Child, type Launch, NO_PERMISSIONS, type Spawn } from "../../lib/claude/launch.ts";
import { ClaudeProcess } from "../../lib/claude/process.ts";
import { type FakeClock, fakeClock, settle } from "../fake_clock.ts";
import {
  answerLine,
  assistantLine,
  initLine,
  lifecycleLine,
  PLAIN,
  requestLine,
  toolRequest,
} from "../sim/claude/lines.ts";
import { resultLine } from "../sim/claude/ledger.ts";

export type Json = Readonly<Record<string, unknown>>;
type Bytes = Uint8Array<ArrayBuffer>;

/** How a session's process is started, with what matters to the test. */
export function launch(fields: Partial<Launch> = {}): Launch {
  return {
    session: "one",
    cwd: "/home/sessions/one",
    conversation: { id: "11111111-1111-4111-8111-111111111111", state: "new" },
    systemPrompt: "",
    permissionMode: "default",
    model: null,
    maxTurns: null,
    effort: null,
    allowedTools: [],
    configRoot: "/home/trust/empty",
    permissions: NO_PERMISSIONS,
    memoryExcludes: [],
    ...fields,
  };
}

/** What a child does by itself; the rest the test tells it. */
export interface Behaviour {
  /** Answers `initialize`, as a healthy CLI does. */
  readonly initializes: boolean;
  /** Takes settings, and says what it applies. */
  readonly applies: boolean;
  /** Ends when its stdin is closed. */
  readonly endsOnEof: boolean;
  readonly endsOnTerm: boolean;
  /** It belongs to another user: no signal reaches it. */
  readonly outOfReach?: boolean;
  /** Its first act. */
  readonly born?: (child: FakeChild) => void;
}

const HEALTHY: Behaviour = {
  initializes: true,
  applies: true,
  endsOnEof: true,
  endsOnTerm: true,
};

/** A child of which the test is the program. */
export class FakeChild implements Child {
  readonly pid = 4711;
  readonly stdin: WritableStream<Bytes>;
  readonly stdout: ReadableStream<Bytes>;
  readonly stderr: ReadableStream<Bytes>;
  readonly status: Promise<{ code: number; signal: string | null }>;
  /** The signals that it got, in their order. */
  readonly signals: string[] = [];
  /** The chunks that were written to it. */
  readonly chunks: string[] = [];
  stdinClosed = false;
  readonly #end: (status: { code: number; signal: string | null }) => void;
  #out!: ReadableStreamDefaultController<Bytes>;
  #err!: ReadableStreamDefaultController<Bytes>;
  readonly #open: Set<ReadableStreamDefaultController<Bytes>>;
  #ended = false;
  #applied: Json = {};

  constructor(readonly behaviour: Behaviour) {
    const { promise, resolve } = Promise.withResolvers<{ code: number; signal: string | null }>();
    this.status = promise;
    this.#end = resolve;
    this.stdout = new ReadableStream({ start: (controller) => void (this.#out = controller) });
    this.stderr = new ReadableStream({ start: (controller) => void (this.#err = controller) });
    this.#open = new Set([this.#out, this.#err]);
    this.stdin = new WritableStream({
      write: (chunk) => this.#hear(new TextDecoder().decode(chunk)),
      close: () => {
        this.stdinClosed = true;
        if (behaviour.endsOnEof) this.end(0);
      },
    });
    behaviour.born?.(this);
  }

  /** The lines that were written to it. */
  get lines(): Json[] {
    return this.chunks.join("").split("\n").filter((line) => line !== "").map((line) =>
      JSON.parse(line) as Json
    );
  }

  /** The lines of one type. */
  linesOf(type: string): Json[] {
    return this.lines.filter((line) => line["type"] === type);
  }

  #hear(chunk: string): void {
    if (this.#ended) throw new Error("Broken pipe");
    this.chunks.push(chunk);
    const line = JSON.parse(chunk) as { request_id?: string; request?: Json };
    const id = line.request_id ?? "";
    const { subtype, settings } = line.request ?? {};
    if (subtype === "initialize" && this.behaviour.initializes) this.answer(id);
    if (subtype === "apply_flag_settings" && this.behaviour.applies) {
      this.#applied = settings as Json;
      this.answer(id);
    }
    if (subtype === "get_settings" && this.behaviour.applies) {
      this.answer(id, { effective: this.#applied });
    }
  }

  /** How many chunks of stdout and stderr nobody has read yet. */
  get backlog(): number {
    return [this.#out, this.#err].reduce((all, { desiredSize }) => all + 1 - (desiredSize ?? 1), 0);
  }

  /** Prints lines. */
  say(...lines: Json[]): void {
    for (const line of lines) this.print(JSON.stringify(line) + "\n");
  }

  print(chunk: string | Bytes): void {
    this.#out.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  }

  complain(text: string): void {
    this.#err.enqueue(new TextEncoder().encode(text));
  }

  /** Answers a control request. */
  answer(id: string, response: Json = {}): void {
    this.say(answerLine(id, response));
  }

  /** The last control request of this subtype. */
  requestId(subtype: string): string {
    const asked = this.linesOf("control_request").findLast((line) =>
      (line["request"] as Json)["subtype"] === subtype
    );
    return String(asked?.["request_id"]);
  }

  /** Begins a turn, as the CLI does for a prompt that it got. */
  begin(prompt: string): void {
    this.say(lifecycleLine(prompt, "queued"), lifecycleLine(prompt, "started"), init());
  }

  /** Says the answer and ends the turn. */
  finish(prompt: string, text = "done"): void {
    this.say(assistantLine({ type: "text", text }, "opus"), resultLine({ text }, [prompt]));
  }

  /** Asks for permission. */
  ask(id: string, input: Json, fields: Json = {}): void {
    this.say(requestLine(id, toolRequest("Bash", input, fields)));
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.signals.push(signal);
    if (this.behaviour.outOfReach) return;
    if (signal === "SIGKILL") this.end(137, "SIGKILL");
    else if (this.behaviour.endsOnTerm) this.end(143);
  }

  /** Ends: exit status and both streams. */
  end(code: number, signal: string | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#end({ code, signal });
    for (const stream of this.#open) stream.close();
  }

  /** Something that it started will hold its stdout and stderr open when it has ended. */
  leaveStreamsOpen(): void {
    this.#open.clear();
  }

  /** Breaks a stream as the system might. */
  breakStream(which: "stdout" | "stderr"): void {
    const stream = which === "stdout" ? this.#out : this.#err;
    this.#open.delete(stream);
    stream.error(new Error("bad descriptor"));
  }
}

/** The line that begins a turn. */
export function init(fields: Json = {}): Json {
  return { ...initLine({ ...PLAIN, model: "opus" }), session_id: "s1", ...fields };
}

/** Children that behave as told, one for each start, and what became of them. */
export interface Nursery {
  readonly spawn: Spawn;
  readonly children: readonly FakeChild[];
  readonly commands: readonly (readonly string[])[];
}

export function nursery(...behaviours: Partial<Behaviour>[]): Nursery {
  const children: FakeChild[] = [];
  const commands: (readonly string[])[] = [];
  return {
    children,
    commands,
    spawn(command) {
      const behaviour = { ...HEALTHY, ...behaviours[children.length] };
      commands.push(command);
      const child = new FakeChild(behaviour);
      children.push(child);
      return child;
    },
  };
}

export interface Scene {
  readonly process: ClaudeProcess;
  readonly child: FakeChild;
  readonly clock: FakeClock;
  readonly events: TurnEvent[];
  /** What is told of stops, in its order. */
  readonly stops: string[];
  /** The types of the events so far. */
  types(): string[];
  /** Closes the process with all the time that it wants. */
  close(): Promise<void>;
}

export const WATCHDOG_MS = 60_000;

/** Starts a process whose child is a fake. */
export async function begin(behaviour: Partial<Behaviour> = {}): Promise<Scene> {
  const clock = fakeClock();
  const events: TurnEvent[] = [];
  const stops: string[] = [];
  const { spawn, children } = nursery(behaviour);
  const process = await ClaudeProcess.start(launch(), {
    command: ["claude"],
    env: {},
    spawn,
    clock,
    watchdogMs: WATCHDOG_MS,
    onEvent: (event) => events.push(event),
    watchStop(pid) {
      stops.push(`${pid} sent`);
      return () => void stops.push(`${pid} over`);
    },
  });
  const child = children[0]!;
  return {
    process,
    child,
    clock,
    events,
    stops,
    types: () => events.map(({ type }) => type),
    async close() {
      const closed = process.close("closed");
      await clock.advance(20_000);
      await closed;
    },
  };
}

/** A process with a running turn that answers the prompt `p1`. */
export async function beginTurn(behaviour: Partial<Behaviour> = {}): Promise<Scene> {
  const scene = await begin(behaviour);
  scene.process.send({ id: "p1", text: "hello" });
  scene.child.begin("p1");
  await settle();
  return scene;
}
