/**
 * CrashPoints: a script is run on the real parts of the program, which dies before its n-th effect on
 * the world, for every n; then it starts again on the same files and the script goes on.
 *
 * An effect is a commit to the journal, a change of a session's files, a call to Telegram, a line to
 * `claude`. To die "after" one is to die before the next; to die "in" one is to have done it or not.
 */
import { nothingFound, openLock } from "../claude/open_lock.ts";
import { join } from "@std/path";
import { delay } from "@std/async";
import type { CallbackQuery, InlineKeyboardButton, Message, Update } from "grammy/types";
import { goOn, recover } from "../../lib/app/recovery.ts";
import { type App, build } from "../../lib/app/build.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Child, Spawn } from "../../lib/claude/launch.ts";
import { type Journal, openJournal, type Sessions } from "../../lib/journal/mod.ts";
import { createSessionManager, type SessionManager } from "../../lib/sessions/mod.ts";
import type { Settings } from "../../lib/settings/mod.ts";
import { settingsSchema } from "../../lib/settings/schema.ts";
import type { Call } from "../../lib/telegram/mod.ts";
import { trustDisk } from "../../lib/app/trust.ts";
import { FakeChild, init } from "../claude/fake_child.ts";
import { breathe, Hands } from "./hands.ts";

export const ADA = 1;
/** The conversation that `/clear` begins. */
export const CLEARED = "c1ea0000-0000-4000-8000-000000000000";
const START = Date.parse("2026-11-20T20:00:00Z");
const BUILTIN = new URL("../../personas", import.meta.url).pathname;

/** What a step of a script does; what it needs is in the world by then, or it does nothing. */
export type Step = (world: CrashPoints) => void | Promise<void>;

/** A press of a button. */
interface Tap {
  readonly label: string;
  /** The message above the button. */
  readonly text: string;
  /** How many processes had been started until then. */
  readonly starts: number;
}

interface Standing {
  readonly id: number;
  text: string;
  buttons: InlineKeyboardButton[];
  readonly replyTo: number | undefined;
  readonly silent: boolean;
}

/** A line that a `claude` read. */
interface Read {
  readonly uuid: string;
  readonly text: string;
}

/** One run of the program. */
class Life {
  alive = true;
  effects = 0;
  /** Changes and looks at files that are under way. */
  pending = 0;
  constructor(readonly diesBefore: number) {}

  /** @throws when the program is dead, or dies now. */
  effect(): void {
    if (++this.effects === this.diesBefore) this.alive = false;
    this.look();
  }

  look(): void {
    if (!this.alive) throw new Error("The program is dead.");
  }
}

/** Methods of the journal that change nothing. */
const READS = new Set([
  ...["get", "waiting", "sessionsWaiting", "ofPrompt", "submitted", "siblings", "progress"],
  ...[
    "names",
    "ownerOf",
    "noted",
    "latest",
    "queue",
    "heldBy",
    "unrouted",
    "held",
    "heldIn",
    "next",
    "chats",
    "silentFor",
  ],
  ...["has", "offered", "told"],
  ...["all", "open", "ofRequest", "jobOf", "of", "state", "total", "byModel", "windows", "close"],
]);

/** Methods of the sessions, and of the copies of what is trusted, that change files. */
const FILES = new Set([
  ...["make", "removeAllBut"],
  ...["create", "switch", "update", "touch", "setProcess", "changePersona", "decide"],
]);

/** A `claude` that holds a turn whose prompt says so until it is let go. */
class Claude extends FakeChild {
  readonly read: Read[] = [];
  #running: Read[] = [];
  #gone = false;

  constructor(public conversation: string) {
    super({ initializes: true, applies: true, endsOnEof: true, endsOnTerm: true });
  }

  override end(code: number, signal: string | null = null): void {
    this.#gone = true;
    super.end(code, signal);
  }

  /** Does what there is to do. */
  work(letGo: boolean): void {
    if (this.#gone) return;
    const users = this.linesOf("user").map((line) => ({
      uuid: String(line["uuid"]),
      text: String((line["message"] as { content: unknown }).content),
    }));
    for (const line of users.slice(this.read.length)) this.#take(line);
    const interrupts = this.linesOf("control_request").filter((line) =>
      (line["request"] as { subtype: string }).subtype === "interrupt"
    );
    for (const { request_id: id } of interrupts.slice(this.#interrupted)) {
      this.#interrupt(String(id));
    }
    const held = this.#running.some(({ text }) => text.includes("HOLD"));
    if (this.#running.length > 0 && (!held || letGo)) this.#finish();
  }

  #interrupted = 0;

  #take(line: Read): void {
    this.read.push(line);
    const { uuid } = line;
    this.say({ type: "command_lifecycle", command_uuid: uuid, state: "queued" });
    this.say({ type: "command_lifecycle", command_uuid: uuid, state: "started" });
    if (line.text === "/clear") this.conversation = CLEARED;
    if (this.#running.length === 0) this.say(init({ session_id: this.conversation }));
    this.#running.push(line);
    if (!line.text.includes("ASK")) return;
    const fields = {
      tool_use_id: `tool-${uuid}`,
      permission_suggestions: [{
        ...{ type: "addRules", rules: [{ toolName: "Bash", ruleContent: "ls" }] },
        ...{ behavior: "allow", destination: "localSettings" },
      }],
    };
    const questions = ["QUESTION", "TWICE"].filter((word) => line.text.includes(word));
    if (questions.length === 0) return this.ask(`ask-${uuid}`, { command: "ls" }, fields);
    const question = (word: string) => ({ question: `${word}?`, header: word, options: [] });
    const input = { questions: questions.map(question) };
    this.ask(`ask-${uuid}`, input, { ...fields, tool_name: "AskUserQuestion" });
  }

  /** What it was answered to its requests, as it came. */
  get answers(): unknown[] {
    return this.linesOf("control_response").map(({ response }) => Object(response).response);
  }

  #interrupt(id: string): void {
    this.#interrupted++;
    this.answer(id, { still_queued: [] });
    if (this.#running.length === 0) return;
    this.#result({
      ...{ subtype: "error_during_execution", is_error: true },
      terminal_reason: "aborted_streaming",
    });
  }

  #finish(): void {
    const asked = this.#running.filter(({ text }) => text.includes("ASK"));
    const answered = this.linesOf("control_response").length;
    if (answered < asked.length) return;
    const text = `ok: ${this.#running.map((line) => line.text).join(" + ")}`;
    if (text === "ok: /clear") {
      return this.#result({ subtype: "success", is_error: false, result: "" });
    }
    this.say({ type: "assistant", message: { model: "opus", content: [{ type: "text", text }] } });
    this.#result({ subtype: "success", is_error: false, result: text });
  }

  #result(ending: Readonly<Record<string, unknown>>): void {
    const user_message_uuids = this.#running.map(({ uuid }) => uuid);
    this.#running = [];
    const known = { session_id: this.conversation, num_turns: 1, total_cost_usd: 0.01 };
    this.say({ type: "result", ...known, ...ending, user_message_uuids });
  }
}

/** The world of one script: home, Telegram, `claude`, and the program that lives in it. */
export class CrashPoints implements AsyncDisposable {
  life = new Life(Infinity);
  readonly chat = new Map<number, Standing>();
  readonly #updates: Update[] = [];
  readonly #untaken = new Set<Update>();
  readonly #claudes: Claude[] = [];
  #clock = new Hands(START);
  #app: App | null = null;
  #take: (update: Update) => void = () => {};
  #journal: Journal | null = null;
  #sessions: SessionManager | null = null;
  #ids = 1000;
  #serial = 0;

  private constructor(readonly home: string) {}

  /** A home with the sessions `a` and `b`; `a` is current in Ada's chat. */
  static async make(): Promise<CrashPoints> {
    const world = new CrashPoints(await makeHome());
    await Deno.mkdir(join(world.home, "state"));
    using journal = openJournal(join(world.home, "state/journal.db"));
    const sessions = world.#newSessions(journal.sessions);
    for (const name of ["a", "b"]) await sessions.create(name);
    await sessions.switch("a", { chat: ADA });
    return world;
  }

  /** The program starts; it dies before its n-th effect. */
  async boot(diesBefore = Infinity): Promise<void> {
    const life = new Life(diesBefore);
    this.life = life;
    const journal = openJournal(join(this.home, "state/journal.db"));
    this.#journal = journal;
    this.#clock = new Hands(this.#clock.now() + 1_000);
    const none = { code: 0, stdout: new Uint8Array(), stderr: "" };
    const clock = this.#clock;
    const uuid = () => `00000000-0000-4000-8000-${String(++this.#serial).padStart(12, "0")}`;
    const disk = trustDisk(this.home, { userHome: "/root", paths: [this.home] }, uuid);
    const after: Clock["after"] = (ms, action) => clock.after(ms, () => life.alive && action());
    const world = {
      clock: { now: clock.now, steady: clock.steady, after },
      spawn: this.#spawn(life),
      run: () => Promise.resolve(none),
      call: this.#call(life),
      sessions: (records: Sessions) => {
        this.#sessions = this.#newSessions(records);
        return gated(this.#sessions, (key) => FILES.has(key), life, "rejects");
      },
      lock: openLock,
      trustDisk: gated(disk, (key) => FILES.has(key), life, "rejects"),
      look: nothingFound,
      uuid,
    };
    try {
      const gate = gated(journal, (key) => !READS.has(key), life, "throws");
      this.#app = await build(settingsOf(this.home), () => undefined, gate, world, "test");
      await recover(this.#app, [ADA]);
      this.#take = goOn(this.#app, new Set([ADA]), "board_bot");
    } catch (error) {
      if (life.alive) throw error;
    }
    await this.idle();
  }

  /** Starts again after a death; Telegram delivers everything anew. */
  async reborn(): Promise<void> {
    await this.#sessions?.settled();
    this.#journal?.close();
    for (const child of this.#claudes) child.kill("SIGKILL");
    await this.boot();
    for (const update of this.#updates) this.#untaken.add(update);
    await this.idle();
  }

  /** Lets everything go on that can, for as long as the program takes. */
  async idle(letGo = false): Promise<void> {
    this.#deliver();
    for (const child of this.#claudes) child.work(letGo);
    for (const ms of [0, 1_500]) {
      await this.#quiet();
      this.#deliver();
      await this.#clock.advance(ms);
    }
    await this.#quiet(); // What fell due reads files, too.
  }

  /** Waits for files and streams; what waits for the clock is not waited for. */
  async #quiet(): Promise<void> {
    let served = false;
    this.#app?.router.idle().then(() => served = true);
    for (let still = 0; still < (served ? 4 : 12);) {
      await breathe();
      for (const child of this.#claudes) child.work(false);
      still = this.life.pending === 0 ? still + 1 : 0;
      if (this.life.pending > 0) await delay(1);
    }
  }

  #deliver(): void {
    for (const update of [...this.#untaken]) {
      if (!this.life.alive) return;
      try {
        this.#take(update);
        this.#untaken.delete(update);
      } catch {
        return; // It comes again.
      }
    }
  }

  /** Ada writes. @returns the message's id. */
  says(text: string, edits?: string, date = Math.floor(this.#clock.now() / 1000)): void {
    const of = edits === undefined ? undefined : this.messageOf(edits);
    const message = {
      ...{ message_id: of ?? ++this.#ids, date },
      from: { id: ADA, is_bot: false, first_name: "Ada" },
      chat: { id: ADA, type: "private", first_name: "Ada" },
      text,
    } as Message & Update.NonChannel;
    this.#post(of === undefined ? { message } : { edited_message: message as never });
  }

  /** Her client sends what did not fit into her last message. */
  goesOn(text: string): void {
    this.says(text, undefined, this.#updates.at(-1)?.message?.date);
  }

  /** Nothing happens for a while. */
  later(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  #post(what: Partial<Update>): void {
    const update = { update_id: ++this.#ids, ...what } as Update;
    this.#updates.push(update);
    this.#untaken.add(update);
  }

  /** What Ada has pressed. */
  readonly taps: Tap[] = [];

  /** Ada presses the newest button with these words, if there is one. */
  presses(label: RegExp): void {
    for (const { id, buttons, text } of [...this.chat.values()].reverse()) {
      const found = buttons.find((button) => label.test(button.text));
      if (found === undefined || !("callback_data" in found)) continue;
      this.taps.push({ label: found.text, text, starts: this.commands.length });
      const query = {
        id: `q${++this.#ids}`,
        from: { id: ADA, is_bot: false, first_name: "Ada" },
        message: {
          ...{ message_id: id, date: 1, chat: { id: ADA, type: "private" }, text },
          reply_markup: { inline_keyboard: [buttons] },
        },
        data: found.callback_data,
      };
      return this.#post({ callback_query: query as unknown as CallbackQuery });
    }
  }

  /** The id of the message in which Ada wrote this. */
  messageOf(text: string): number | undefined {
    return this.#updates.find(({ message }) => message?.text === text)?.message?.message_id;
  }

  /** What stands in the chat. */
  get texts(): string[] {
    return [...this.chat.values()].map(({ text }) => text);
  }

  /** What was said in reply to a message of Ada's, and notified. */
  answersTo(text: string): string[] {
    const id = this.messageOf(text);
    return [...this.chat.values()].filter(({ replyTo, silent }) => replyTo === id && !silent)
      .map((each) => each.text);
  }

  /** Whether the chat says what became of a prompt: its answer, or the end of the turn that had it. */
  isAccounted(text: string): boolean {
    const written = this.messageOf(text) === undefined ? `/steer ${text}` : text;
    if (this.answersTo(written).length > 0) return true;
    const line = this.read.find((each) => each.text.split("\n\n").includes(text));
    const together = line?.text.split("\n\n") ?? [];
    return this.texts.some((each) =>
      (each.includes("ok:") && each.includes(text)) || each.includes(`“${text}”`)
    ) ||
      together.some((each) => this.answersTo(each).length > 0);
  }

  /** For whoever reads a failure. */
  story(): string {
    const read = this.read.map(({ text }) => `claude read: ${text}`);
    const stands = [...this.chat.values()].map(({ id, text, replyTo, silent }) =>
      `${id}${replyTo === undefined ? "" : ` to ${replyTo}`}${silent ? " silent" : ""}: ${text}`
    );
    const wrote = this.#updates.map(({ message, callback_query: press, edited_message: edit }) =>
      message !== undefined
        ? `${message.message_id} Ada: ${message.text}`
        : edit !== undefined
        ? `Ada edits ${edit.message_id}: ${edit.text}`
        : `Ada presses ${press?.data}`
    );
    return [...wrote, ...this.starts, ...read, ...stands].join("\n");
  }

  get manager(): SessionManager {
    return this.#sessions!;
  }

  /** What `claude` read, in all its lives. */
  get read(): readonly Read[] {
    return this.#claudes.flatMap((child) => child.read);
  }

  /** What `claude` was answered to its requests, in all its lives. */
  get answers(): unknown[] {
    return this.#claudes.flatMap((child) => child.answers);
  }

  /** The conversations that `claude` was started for. */
  readonly starts: string[] = [];
  /** The commands with which it was started. */
  readonly commands: string[] = [];

  get journal(): Journal {
    return this.#journal!;
  }

  #newSessions(records: Sessions): SessionManager {
    return createSessionManager({
      records,
      rules: { permissionMode: "default", allowBypass: false },
      home: this.home,
      builtinPersonas: BUILTIN,
      now: () => new Date(this.#clock.now()),
      idleTimeoutSeconds: 600,
    });
  }

  #spawn(life: Life): Spawn {
    return (command): Child => {
      life.effect();
      const at = command.findIndex((word) => word === "--resume" || word === "--session-id");
      this.commands.push(command.join(" "));
      this.starts.push(command.slice(at, at + 2).join(" "));
      const child = new Claude(command[at + 1] ?? "");
      this.#claudes.push(child);
      const writer = child.stdin.getWriter();
      const stdin = new WritableStream<Uint8Array<ArrayBuffer>>({
        async write(chunk) {
          life.effect();
          await writer.write(chunk);
        },
        close: () => writer.close(),
      });
      const { pid, stdout, stderr, status } = child;
      return { pid, stdin, stdout, stderr, status, kill: (signal) => child.kill(signal) };
    };
  }

  #call(life: Life): Call {
    // deno-lint-ignore require-await -- a call's failure is a value, never thrown
    return async (method, payload) => {
      try {
        life.effect();
      } catch {
        return { kind: "unreachable", error: "the program is dead" };
      }
      return { kind: "ok", result: this.#executed(method, payload) };
    };
  }

  #executed(method: string, payload: Readonly<Record<string, unknown>>): unknown {
    const { message_id: known, text, reply_markup: markup } = payload;
    const { inline_keyboard: rows = [] } = Object(markup) as {
      inline_keyboard?: InlineKeyboardButton[][];
    };
    if (method === "deleteMessage") return this.chat.delete(Number(known));
    if (method !== "sendMessage" && !method.startsWith("edit")) return true;
    const id = method === "sendMessage" ? ++this.#ids : Number(known);
    const before = this.chat.get(id);
    const reply = Object(payload["reply_parameters"]) as { message_id?: number };
    this.chat.set(id, {
      id,
      text: typeof text === "string" ? text : before?.text ?? "",
      buttons: rows.flat(),
      replyTo: before?.replyTo ?? reply.message_id,
      silent: before?.silent ?? payload["disable_notification"] === true,
    });
    return { message_id: id };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sessions?.settled();
    this.#journal?.close();
    await breathe();
    await Deno.remove(this.home, { recursive: true });
  }
}

/** `part` as it is while the program lives; each change that its methods make is an effect. */
function gated<T extends object>(
  part: T,
  changes: (key: string) => boolean,
  life: Life,
  fails: "throws" | "rejects",
): T {
  let inTransaction = false;
  const wrap = <P extends object>(each: P): P =>
    new Proxy(each, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value === "object" && value !== null && typeof key === "string") {
          return wrap(value);
        }
        if (typeof value !== "function" || typeof key === "symbol") return value;
        return (...values: unknown[]) => {
          try {
            if (inTransaction || !changes(key)) life.look();
            else life.effect();
          } catch (error) {
            if (fails === "rejects" && FILES.has(key)) return Promise.reject(error);
            throw error;
          }
          const outer = inTransaction;
          inTransaction ||= key === "transaction";
          try {
            const result: unknown = Reflect.apply(value, target, values);
            if (result instanceof Promise) {
              life.pending++;
              result.then(() => life.pending--, () => life.pending--);
            }
            return result;
          } finally {
            inTransaction = outer;
          }
        };
      },
    });
  return wrap(part);
}

/** In memory where that is possible: what is waited for here is mostly the disk. */
async function makeHome(): Promise<string> {
  const prefix = "switchboard-crash-points-";
  return await Deno.makeTempDir({ dir: "/dev/shm", prefix }).catch(() =>
    Deno.makeTempDir({ prefix })
  );
}

function settingsOf(home: string): Settings {
  const settings = settingsSchema.parse({ telegram: { allowed_users: [ADA] } });
  return { ...settings, home, token: "1:crash-points" };
}
