import type { Child } from "../../lib/claude/launch.ts";
import { isYes, wordsGiven } from "../sim/claude/given.ts";
import { resultLine } from "../sim/claude/ledger.ts";
import {
  answerLine,
  assistantLine,
  initLine,
  lifecycleLine,
  PLAIN,
  requestLine,
  toolRequest,
  userLine,
  withdrawalLine,
} from "../sim/claude/lines.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { Transcripts } from "./transcripts.ts";
import type { Weather } from "./weather.ts";

type Json = Readonly<Record<string, unknown>>;
type Bytes = Uint8Array<ArrayBuffer>;

/** How a process was started. */
export interface Start {
  readonly pid: number;
  readonly conversation: string;
  readonly resume: boolean;
  readonly session: string;
  readonly homeId: string;
}

interface Line {
  readonly uuid: string;
  readonly text: string;
}

interface Turn {
  readonly uuids: string[];
  readonly texts: string[];
  cut: boolean;
  /** Ends the wait for a step or for a person. */
  wake: () => void;
}

/** A tool call, and what is asked about it. */
interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: Json;
  readonly request: (call: Call) => Json;
}

const MODEL = PLAIN.model;

/** A `claude` that speaks stream-json: answers, asks, is interrupted, crashes and hangs. */
export class SimulatedClaude implements Child {
  readonly pid: number;
  readonly stdin: WritableStream<Bytes>;
  readonly stdout: ReadableStream<Bytes>;
  readonly stderr: ReadableStream<Bytes>;
  readonly status: Promise<{ code: number; signal: string | null }>;
  ended = false;
  #out!: ReadableStreamDefaultController<Bytes>;
  #err!: ReadableStreamDefaultController<Bytes>;
  readonly #exit: (status: { code: number; signal: string | null }) => void;
  readonly #queue: Line[] = [];
  #turn: Turn | null = null;
  #eof = false;
  #hangs = false;
  /** The program that started it is dead: nobody hears it any more. */
  #unheard = false;
  #begun = 0;
  #applied: unknown;
  readonly #asked = new Map<string, (accepted: boolean) => void>();

  /** @param wire what each byte to it has to pass: the program may die over it. */
  constructor(
    readonly start: Start,
    readonly timeline: Timeline,
    readonly weather: Weather,
    readonly random: Random,
    readonly kept: Transcripts,
    wire: (act: () => void) => void,
  ) {
    this.pid = start.pid;
    const { promise, resolve } = Promise.withResolvers<{ code: number; signal: string | null }>();
    this.status = promise;
    this.#exit = resolve;
    this.stdout = new ReadableStream({ start: (controller) => void (this.#out = controller) });
    this.stderr = new ReadableStream({ start: (controller) => void (this.#err = controller) });
    this.stdin = new WritableStream({
      write: (chunk) => wire(() => this.#read(new TextDecoder().decode(chunk))),
      close: () => wire(() => this.endOfInput()),
    });
    this.#comeUp();
  }

  #comeUp(): void {
    const { conversation, resume } = this.start;
    const known = this.kept.conversations.has(conversation);
    if (resume !== known) {
      const why = known
        ? `Error: Session ID ${conversation} is already in use.`
        : `No conversation found with session ID: ${conversation}`;
      return void this.timeline.after(this.random.between(20, 300), () => this.end(1, null, why));
    }
    if (!this.#mishap(0.2)) return;
    if (this.random.chance(0.3)) this.#hangs = true;
    else {this.timeline.after(this.random.between(0, 400), () =>
        this.end(1, null, "Illegal hardware"));}
  }

  #mishap(share: number): boolean {
    return this.random.chance(this.weather.now.claude * share);
  }

  #read(line: string): void {
    if (this.ended) throw new Error("Broken pipe");
    const message = JSON.parse(line);
    if (message.type === "user") return this.#prompt(message.uuid, message.message.content);
    if (message.type === "control_request") return this.#control(message);
    if (message.type === "control_response") {
      const { request_id: id, response } = message.response;
      const [text, yes, at] = [wordsGiven(response), isYes(response), this.timeline.now];
      this.kept.given.push({ session: this.start.session, text, yes, at });
      this.#asked.get(id)?.(yes);
    }
  }

  #control({ request_id: id, request }: { request_id: string; request: Json }): void {
    const answer = (response: Json) =>
      this.#later(this.random.between(1, 40), () => this.#say(answerLine(id, response)));
    if (request["subtype"] === "apply_flag_settings") this.#applied = request["settings"];
    if (request["subtype"] === "get_settings") return answer({ effective: this.#applied ?? {} });
    if (request["subtype"] !== "interrupt") return answer({});
    if (this.#hangs) return;
    for (const { uuid } of this.#queue.splice(0)) this.#say(lifecycleLine(uuid, "cancelled"));
    answer({ still_queued: [] });
    if (this.#turn !== null) {
      this.#turn.cut = true;
      this.#later(this.random.between(1, 60), this.#turn.wake);
    }
  }

  #prompt(uuid: string, text: string): void {
    this.kept.prompts.push({ uuid, session: this.start.session, text });
    this.#later(this.random.between(1, 30), () => {
      if (this.#mishap(0.1)) return this.end(139, "SIGSEGV", "Segmentation fault");
      this.#say(lifecycleLine(uuid, "queued"));
      this.#queue.push({ uuid, text });
      if (this.#turn === null) this.#work();
    });
  }

  #work(): void {
    if (this.#queue.length === 0 || this.ended) return;
    const batch = this.#begun++ === 0 ? this.#queue.splice(0, 1) : this.#queue.splice(0);
    this.#run(batch).then(() => {
      this.#turn = null;
      if (this.#eof && this.#queue.length === 0) this.end(0);
      else this.#work();
    }, () => {});
  }

  async #run(batch: readonly Line[]): Promise<void> {
    const { conversation } = this.start;
    const turn: Turn = { uuids: [], texts: [], cut: false, wake: () => {} };
    this.#turn = turn;
    for (const { uuid } of batch) this.#join(turn, uuid);
    const known = this.kept.conversations.get(conversation) ?? new Set();
    this.kept.conversations.set(conversation, known);
    for (const { uuid } of batch) known.add(uuid);
    this.#say({ ...initLine(PLAIN), session_id: conversation });
    try {
      await this.#steps(turn);
    } finally {
      const answered = !turn.cut && !this.ended;
      this.kept.turns.push({
        uuids: turn.uuids,
        texts: turn.texts,
        end: answered ? "answered" : "cut",
      });
      if (!this.ended) this.#result(turn);
    }
  }

  async #steps(turn: Turn): Promise<void> {
    const { random } = this;
    for (let left = random.between(0, 2); left > 0 && !turn.cut; left--) {
      await this.#pause(turn);
      if (turn.cut) return;
      if (random.chance(0.4)) this.#speak(turn, "Let me look");
      await this.#tool(turn, `${turn.uuids[0]}-${left}`);
      for (const { uuid } of this.#queue.splice(0)) this.#join(turn, uuid);
    }
    await this.#pause(turn);
    if (!turn.cut) this.#speak(turn, "Answer", random.chance(0.03) ? random.between(150, 260) : 0);
    await this.#pause(turn);
  }

  #join(turn: Turn, uuid: string): void {
    this.#say(lifecycleLine(uuid, "started"));
    turn.uuids.push(uuid);
  }

  /** A step: it needs nobody, or a yes, or answers; seldom two things are asked at once. */
  async #tool(turn: Turn, id: string): Promise<void> {
    const { random } = this;
    const ids = random.chance(0.06) ? [`${id}-a`, `${id}-b`] : [id];
    const calls = ids.map((id) => this.#call(id));
    for (const { id, name, input } of calls) {
      this.#say(assistantLine({ type: "tool_use", id, name, input }, MODEL));
    }
    const asks = ids.length > 1 || calls.some(({ name }) => name !== "Bash") || random.chance(0.3);
    const accepted = asks ? await this.#ask(turn, calls) : calls.map(() => true);
    await this.#pause(turn);
    const content = ids.map((id, index) => ({
      ...{ type: "tool_result", tool_use_id: id },
      ...{ content: "ok", is_error: accepted[index] !== true },
    }));
    if (!turn.cut) this.#say(userLine(content));
  }

  #call(id: string): Call {
    const { random } = this;
    if (random.chance(0.08)) {
      const options = ["First", "Second"].map((label) => ({ label, description: "" }));
      const questions = ["Which one", "Where"].slice(0, random.between(1, 2)).map((words) => ({
        ...{ question: `${words}, ${id}?`, header: words, multiSelect: random.chance(0.2) },
        options: random.chance(0.8) ? options : [],
      }));
      return { id, name: "AskUserQuestion", input: { questions }, request: permissionRequest };
    }
    if (random.chance(0.03)) {
      return { id, name: "mcp__lab__save", input: {}, request: () => formRequest(id) };
    }
    // The same command each time can be allowed from now on.
    const command = random.chance(0.3) ? "true always" : `true ${id}`;
    return { id, name: "Bash", input: { command }, request: permissionRequest };
  }

  /** Asks all of it at once, and waits for the answers. @returns what was accepted. */
  async #ask(turn: Turn, calls: readonly Call[]): Promise<boolean[]> {
    const wakes: (() => void)[] = [];
    turn.wake = () => wakes.forEach((wake) => wake());
    const asked = calls.map((call) => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#asked.set(call.id, resolve);
      wakes.push(() => resolve(false));
      this.#say(requestLine(call.id, call.request(call)));
      return promise;
    });
    const accepted = await Promise.all(asked);
    for (const { id } of calls) {
      this.#asked.delete(id);
      if (turn.cut) this.#say(withdrawalLine(id));
    }
    return accepted;
  }

  #speak(turn: Turn, words: string, lines = 0): void {
    const number = ++this.kept.answers;
    const more = Array.from(
      { length: lines },
      (_, line) => `line ${line} of answer ${number} goes on`,
    );
    const text = [`${words} ${number}.`, ...more].join("\n\n");
    turn.texts.push(text);
    const delta = { type: "text_delta", text: text.slice(0, 10) };
    this.#say({ type: "stream_event", event: { type: "content_block_delta", delta } });
    this.#say(assistantLine({ type: "text", text }, MODEL));
  }

  #result(turn: Turn): void {
    const { uuids, cut } = turn;
    const end = cut ? "cut" : { text: turn.texts.at(-1) ?? "" };
    this.#say({ ...resultLine(end, uuids), session_id: this.start.conversation });
    for (const uuid of uuids) this.#say(lifecycleLine(uuid, cut ? "cancelled" : "completed"));
  }

  /** The time of a step, in which much may happen. */
  async #pause(turn: Turn): Promise<void> {
    if (turn.cut) return;
    if (this.#mishap(0.15)) {
      if (this.random.chance(0.3)) this.#hangs = true;
      else {this.timeline.after(this.random.between(0, 300), () =>
          this.end(139, "SIGSEGV", "Bus error"));}
    }
    const ms = this.random.chance(0.1)
      ? this.random.between(1_000, 8_000)
      : this.random.between(1, 600);
    await new Promise<void>((resolve) => {
      turn.wake = resolve;
      this.#later(ms, resolve);
    });
    if (this.ended) throw new Error("Gone.");
  }

  /** Its own doings: none of them happens any more when it hangs or has ended. */
  #later(ms: number, action: () => void): void {
    this.timeline.after(ms, () => {
      if (!this.ended && !this.#hangs) action();
    });
  }

  #say(line: Json): void {
    if (!this.ended && !this.#unheard) {
      this.#out.enqueue(new TextEncoder().encode(JSON.stringify(line) + "\n"));
    }
  }

  /** The program that started it dies. */
  orphan(): void {
    this.#unheard = true;
    this.endOfInput();
  }

  /** Its stdin ends: it finishes what it is at, and goes. */
  endOfInput(): void {
    this.#eof = true;
    if (this.#turn === null && this.#queue.length === 0) {
      this.#later(this.random.between(1, 50), () => this.end(0));
    }
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    if (signal === "SIGKILL") return this.end(137, "SIGKILL");
    if (!this.#hangs || this.random.chance(0.5)) {
      this.timeline.after(this.random.between(0, 400), () => this.end(143, "SIGTERM"));
    }
  }

  end(code: number, signal: string | null = null, words = ""): void {
    if (this.ended) return;
    if (words !== "" && !this.#unheard) this.#err.enqueue(new TextEncoder().encode(words + "\n"));
    this.ended = true;
    this.#turn?.wake();
    if (this.#unheard) return;
    this.#exit({ code, signal });
    if (this.random.chance(0.03)) return; // Something that it started holds them open.
    this.#out.close();
    this.#err.close();
  }
}

const permissionRequest = ({ id, name, input }: Call): Json =>
  toolRequest(name, input, {
    tool_use_id: id,
    permission_suggestions: [{
      ...{ type: "addRules", rules: [{ toolName: name }] },
      ...{ behavior: "allow", destination: "localSettings" },
    }],
  });

/** The form of an MCP server. */
const formRequest = (id: string): Json => ({
  ...{ subtype: "elicitation", mcp_server_name: "lab", message: `Where to, ${id}?` },
  requested_schema: {
    type: "object",
    properties: { name: { type: "string", title: "Name" }, size: { type: "integer" } },
    required: ["name"],
  },
});
