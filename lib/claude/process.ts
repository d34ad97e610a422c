import { Watchdog, within } from "../clock.ts";
import { logger } from "../log/mod.ts";
import { OpenRequests } from "./requests.ts";
import { type ControlAnswer, ControlChannel, initializeInfo, type OurRequest } from "./control.ts";
import type {
  BackgroundTask,
  ExitReason,
  InitializeInfo,
  Prompt,
  RequestAnswer,
  TurnEvent,
} from "./events.ts";
import { StartError, startError, tooOld } from "./failures.ts";
import {
  type Child,
  HURRIED,
  type Launch,
  type Patience,
  PATIENT,
  type ProcessOptions,
  spawned,
  type Tail,
  tailOf,
} from "./launch.ts";
import { McpServers } from "./mcp.ts";
import { beginWith, ProcessRules } from "./permissions.ts";
import { decodeLine, type FromCli, readLines, userLine } from "./protocol.ts";
import { TurnAccounting } from "./turns.ts";

const log = logger("claude");

/** The refusal that says that a conversation is to be taken up in the other way. */
const OTHERWISE = { new: "in-use", begun: "unknown-conversation", kept: null } as const;

/** The CLI's answer to the handshake takes about 250 ms; a loaded machine gets more. */
const HANDSHAKE_MS = 60_000;
const CONTROL_MS = 5_000;
/** A conversation that is resumed sooner needs no words. */
const RESUMING_MS = 2_000;
const STDERR_TAIL = 2_000;
const DRAIN_MS = 1_000;

/**
 * One `claude` that stays for many turns: one child, one writer. What it says comes through
 * `onEvent`, in order, and ends with exactly one `exited`.
 */
export class ClaudeProcess {
  readonly pid: number;
  /** Settles when the child has ended and all it said was read. */
  readonly exited: Promise<void>;
  readonly #child: Child;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #stderr: Tail;
  readonly #turns = new TurnAccounting();
  readonly #control: ControlChannel;
  readonly #watchdog: Watchdog;
  readonly #requests: OpenRequests;
  readonly #servers: McpServers;
  readonly rules = new ProcessRules(this);
  #info = initializeInfo(undefined);
  /** Told of the end of the turn that a stop was sent to. */
  #stopped: (() => void) | null = null;
  #closing: Promise<void> | null = null;
  #reason: ExitReason = "crashed";
  #ended = false;
  #startFailure = "";
  #refusal = "";

  private constructor(child: Child, readonly options: ProcessOptions) {
    this.pid = child.pid;
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#stderr = tailOf(child.stderr, STDERR_TAIL);
    const { clock, watchdogMs } = options;
    this.#control = new ControlChannel((message) => this.#write(message), clock);
    this.#watchdog = new Watchdog(clock, watchdogMs, (ms) => this.#emit({ type: "silent", ms }));
    const emit = (event: TurnEvent) => this.#emit(event);
    this.#requests = new OpenRequests((message) => this.#write(message), emit);
    this.#servers = new McpServers(this, emit);
    this.exited = this.#run();
  }

  /**
   * Starts the process of a session and waits until it answers. Where we cannot know whether the CLI
   * has the conversation, the CLI's word decides between founding and resuming it.
   * @throws {StartError} when it does not come up.
   */
  static async start(launch: Launch, options: ProcessOptions): Promise<ClaudeProcess> {
    const { state } = launch.conversation;
    try {
      return await ClaudeProcess.#launch(launch, state !== "new", options);
    } catch (error) {
      if (!(error instanceof StartError) || error.kind !== OTHERWISE[state]) throw error;
      return await ClaudeProcess.#launch(launch, state === "new", options);
    }
  }

  static async #launch(launch: Launch, resume: boolean, options: ProcessOptions) {
    const process = new ClaudeProcess(spawned(launch, resume, options), options);
    const { clock, onEvent } = options;
    const say = () => onEvent({ type: "notice", kind: "resuming", text: "Resuming…" });
    const slow = new Watchdog(clock, RESUMING_MS, say); // Again: a prompt may come meanwhile.
    if (resume) slow.reset();
    await process.#handshake().finally(() => slow.sleep());
    await beginWith(launch.permissions, process); // No prompt before they are in force.
    return process;
  }

  /** True while a turn runs or is bound to. */
  get busy(): boolean {
    return this.#turns.busy;
  }

  get backgroundTasks(): number {
    return this.tasks.length;
  }

  /** The background tasks, as the CLI last listed them. */
  get tasks(): readonly BackgroundTask[] {
    return this.#turns.tasks;
  }

  /** The permission mode as the CLI last named it; an accepted plan changes it too. */
  get mode(): string | null {
    return this.#turns.mode;
  }

  /** The CLI's commands and models, as it named them when it started. */
  get info(): InitializeInfo {
    return this.#info;
  }

  get alive(): boolean {
    return !this.#ended && this.#closing === null;
  }

  /** Writes a prompt to the CLI. What becomes of it arrives as events, also when the pipe breaks. */
  send(prompt: Prompt): void {
    this.#turns.sent(prompt.id);
    this.#write(userLine(prompt.id, prompt.text));
    this.#watch();
  }

  /**
   * Interrupts the running turn and takes back what waits in the CLI. The process lives on; the
   * turn's end arrives as an event.
   * @returns false when the CLI did not answer within `ms`.
   */
  async interrupt(ms: number = CONTROL_MS): Promise<boolean> {
    if (this.#ended) return true;
    if (this.#turns.busy) this.#stopped ??= this.options.watchStop?.(this.pid) ?? null;
    const request = { subtype: "interrupt", cancel_queued: true };
    return await this.#control.ask(request, ms) !== undefined;
  }

  /** Asks the CLI for something beside the turns. @returns undefined when it does not answer in 5 s. */
  async control(request: OurRequest): Promise<ControlAnswer> {
    return this.#ended ? undefined : await this.#control.ask(request, CONTROL_MS);
  }

  /** @returns whether the CLI waits for the answer to a request. */
  asks(requestId: string): boolean {
    return !this.#ended && this.#requests.has(requestId);
  }

  /** Answers what the CLI asks. @returns false when it is no longer open. */
  answer(requestId: string, answer: RequestAnswer): boolean {
    if (this.#ended || !this.#requests.answer(requestId, answer)) return false;
    this.#watch();
    return true;
  }

  /** Ends the process step by step: interrupt, close stdin, SIGTERM, SIGKILL. Idempotent. */
  close(reason: ExitReason, patience: Patience = PATIENT): Promise<void> {
    this.#closing ??= this.#close(reason, patience);
    return this.#closing;
  }

  async #close(reason: ExitReason, patience: Patience): Promise<void> {
    if (this.#refusal === "") this.#reason = reason;
    const { clock } = this.options;
    const ended = (ms: number) => within(clock, ms, this.exited).then(() => this.#ended);
    // Who kills has waited for an interrupt's answer already.
    if (this.#turns.busy && reason !== "killed") await this.interrupt(patience.interrupt);
    this.#writer.close().catch((error) => log.debug("stdin was closed: {error}", { error }));
    if (await ended(patience.stdin)) return;
    log.warn("claude {pid} did not end when its input was closed: SIGTERM", { pid: this.pid });
    this.#child.kill("SIGTERM");
    if (await ended(patience.term)) return;
    log.warn("claude {pid} ignored SIGTERM: SIGKILL", { pid: this.pid });
    this.#child.kill("SIGKILL");
    if (!await ended(patience.kill)) log.error("claude {pid} cannot be ended", { pid: this.pid });
  }

  async #handshake(): Promise<void> {
    const kill = () => this.#child.kill("SIGKILL");
    this.options.signal?.addEventListener("abort", kill);
    const answer = await this.#control.ask({ subtype: "initialize" }, HANDSHAKE_MS);
    this.options.signal?.removeEventListener("abort", kill);
    this.#info = initializeInfo(answer?.response);
    if (answer !== undefined) return;
    if (!this.#ended) {
      kill();
      await within(this.options.clock, HURRIED.kill, this.exited);
      throw new StartError("Claude Code was started but did not answer within a minute.", "other");
    }
    throw startError(this.#startFailure || this.#stderr.text());
  }

  async #run(): Promise<void> {
    const drained = Promise.all([this.#readAll(), this.#stderr.drained]);
    const status = await this.#child.status;
    this.#writer.close().catch((error) => log.debug("stdin was closed: {error}", { error }));
    // Something that the CLI left behind may hold them open; what they gave by then is enough.
    await within(this.options.clock, DRAIN_MS, drained);
    this.#ended = true;
    this.#watchdog.sleep();
    this.#control.close();
    this.#requests.withdrawAll("exited");
    const end = { pid: this.pid, reason: this.#reason, ...status };
    log.info("claude {pid} ended ({reason}): code {code}, signal {signal}", end);
    const stderrTail = this.#refusal || this.#stderr.text();
    this.#emit({ type: "exited", reason: this.#reason, stderrTail });
  }

  async #readAll(): Promise<void> {
    try {
      for await (const line of readLines(this.#child.stdout)) {
        if (this.#ended) return;
        this.#read(line);
        this.#watch();
      }
    } catch (error) {
      log.error("Cannot read what claude {pid} says: {error}", { pid: this.pid, error });
      this.#child.kill("SIGKILL");
    }
  }

  #read(line: string): void {
    const decoded = decodeLine(line);
    if (decoded.kind === "unknown") return log.debug("Unused line {type}", { type: decoded.type });
    if (decoded.kind === "garbage") {
      return log.warn("Not a line of the protocol ({why}): {start}", { ...decoded });
    }
    const message = decoded.message;
    if (this.#isStartFailure(message) || this.#isTooOld(message)) return;
    for (const event of this.#turns.accept(message)) this.#emit(event);
    this.#servers.heard(message);
    if (message.type === "control_response") this.#control.settle(message.response);
    if (message.type === "control_request") this.#requests.asked(message);
    if (message.type === "control_cancel_request") this.#requests.withdraw(message.request_id);
  }

  /** A `result` before anything was sent says why the CLI refuses to start. */
  #isStartFailure(message: FromCli): boolean {
    if (message.type !== "result" || this.#turns.busy || !message.is_error) return false;
    if (this.#startFailure !== "" || !this.#control.waiting) return false;
    this.#startFailure = (message.errors ?? []).join("\n") || (message.result ?? "");
    return true;
  }

  /** A CLI that does not account for prompts by their uuids is ended before it answers. */
  #isTooOld(message: FromCli): boolean {
    if (this.#refusal !== "") return true;
    if ((this.#refusal = tooOld(message)) === "") return false;
    this.#reason = "refused";
    this.#child.kill("SIGTERM");
    this.close("refused", HURRIED).catch((error) => log.error("Cannot end it: {error}", { error }));
    return true;
  }

  #emit(event: TurnEvent): void {
    if (event.type === "ended") this.#requests.withdrawAll("ended");
    if (event.type === "started" || event.type === "ended") this.#tellStopped(event.type);
    this.options.onEvent(event);
  }

  #tellStopped(type: "started" | "ended"): void {
    const stopped = this.#stopped;
    this.#stopped = null; // A stop that came before its turn began had nothing to stop.
    if (type === "ended") stopped?.();
  }

  /** One whole line. A broken pipe is not reported here: the child's end is, with its reason. */
  #write(message: unknown): void {
    const bytes = new TextEncoder().encode(JSON.stringify(message) + "\n");
    this.#writer.write(bytes).catch((error) =>
      log.warn("Cannot write to claude {pid}: {error}", { pid: this.pid, error })
    );
  }

  /** The watchdog sleeps while nothing runs or a person is asked. */
  #watch(): void {
    if (this.#turns.busy && this.#requests.size === 0 && !this.#ended) this.#watchdog.reset();
    else this.#watchdog.sleep();
  }
}
