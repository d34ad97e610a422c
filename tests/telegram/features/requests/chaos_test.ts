/**
 * Any taps and messages in any order, of two users, on messages of any age: a request is answered by
 * its own buttons, by who was asked, once; and no turn hangs.
 */
import { assert, assertEquals } from "@std/assert";
import type { ClaudeRequest, RequestAnswer } from "../../../../lib/claude/events.ts";
import type { OpenRequest } from "../../../../lib/journal/mod.ts";
import {
  aPermission,
  aPlan,
  aQuestion,
  asking,
  ended,
  started,
} from "../../../conversation/stage.ts";
import { ADA, BOB, Chat } from "../../stage.ts";

const GROUP = -5;
/** Short, so that the time passes quickly. */
const LIMIT_MS = 10_000;
/** Of every kind, also such as a request does not have. */
const ACTS = [
  "y",
  "s",
  "n",
  "w",
  "t",
  "g",
  "e",
  "k",
  "o0.0",
  "o0.2",
  "o1.1",
  "d0",
  "d1",
  "b1",
  "q",
];

/** Numbers that look random and come again with the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What happens right now: whatever is answered must come of it. */
type Cause =
  | {
    readonly by: "press";
    readonly user: number;
    readonly request: number;
    readonly message: number;
  }
  | { readonly by: "message"; readonly user: number }
  | { readonly by: "time" }
  | null;

/** A chat of two, a process that asks, and who did what. */
class World {
  readonly pending = new Set<string>();
  readonly answered = new Set<string>();
  readonly wrong: string[] = [];
  #cause: Cause = null;
  #requests = 0;
  #begun = 0;

  constructor(readonly chat: Chat, readonly pick: (below: number) => number) {
    chat.worker.answer = (id, answer) => this.#hear(id, answer);
    chat.worker.interrupt = async () => {
      await this.end("interrupted");
      return true;
    };
  }

  get requests(): number {
    return this.#requests;
  }

  /** A message that begins a turn, or waits for its end. */
  async begin(): Promise<void> {
    await this.write(this.#anyone(), "work on it", null);
    await this.#start();
  }

  async ask(): Promise<void> {
    if (!this.chat.conversations.of("lab").busy) await this.begin();
    const id = `r${++this.#requests}`;
    this.pending.add(id);
    await this.chat.heard("lab", asking(this.#aRequest(id)));
    await this.chat.clock.advance(0);
  }

  /** Somebody taps some button on some message. */
  press(): void {
    const request = Math.max(
      1,
      this.#requests - this.pick(this.pick(4) === 0 ? this.#requests : 5),
    );
    const own = this.#row(request)?.messageId ?? 1;
    const other = this.#row(1 + this.pick(this.#requests))?.messageId ?? 1;
    const message = this.pick(5) === 0 ? other : own;
    const user = this.#anyone();
    const data = `p:${request}:${ACTS[this.pick(ACTS.length)]}`;
    this.#during({ by: "press", user, request, message }, () => {
      this.chat.receive(this.chat.aPress(data, { chat: GROUP, user, messageId: message }));
    });
  }

  async write(user: number, text: string, to: number | null): Promise<void> {
    const other = to === null ? {} : { other: { text, reply_to_message: { message_id: to } } };
    this.#cause = { by: "message", user };
    await this.chat.write(text, { chat: GROUP, user, ...other });
    this.#cause = null;
    await this.chat.clock.advance(1_500); // What belongs together is waited for.
  }

  async reply(): Promise<void> {
    const request = this.#row(Math.max(1, this.#requests - this.pick(4)));
    const to = [request?.messageId ?? null, request?.noteId ?? null, null][this.pick(3)]!;
    await this.write(this.#anyone(), ["no", "yes", "rather blue", "/stop"][this.pick(4)]!, to);
  }

  /** The CLI takes one of its requests back. */
  async withdraw(): Promise<void> {
    const [id] = this.pending;
    if (id === undefined) return;
    this.pending.delete(id);
    await this.chat.heard("lab", { type: "request_withdrawn", id });
  }

  async later(): Promise<void> {
    this.#cause = { by: "time" };
    await this.chat.clock.advance(LIMIT_MS + 1);
    this.#cause = null;
  }

  /** The turn ends, and those of whatever was written meanwhile. */
  async end(outcome: "answered" | "interrupted"): Promise<void> {
    for (const id of [...this.pending]) {
      this.pending.delete(id);
      await this.chat.heard("lab", { type: "request_withdrawn", id, by: "ended" });
    }
    const ids = this.chat.worker.sent.slice(0, this.#begun).map(({ id }) => id);
    await this.chat.heard("lab", ended(ids.slice(-1), outcome));
    await this.#start();
  }

  async #start(): Promise<void> {
    const next = this.chat.worker.sent[this.#begun];
    if (next === undefined || this.#begun === this.chat.worker.sent.length) return;
    this.#begun++;
    await this.chat.heard("lab", started(next.id));
  }

  #hear(id: string, answer: RequestAnswer): boolean {
    const waits = this.pending.delete(id);
    const request = this.chat.journal.requests.ofRequest(id);
    const why = request === undefined ? "it has no row" : fault(request, answer, this.#cause);
    if (why !== null) this.wrong.push(`${id}: ${why}`);
    if (this.answered.has(id)) this.wrong.push(`${id}: answered twice`);
    this.answered.add(id);
    return waits;
  }

  #during(cause: Cause, act: () => void): void {
    this.#cause = cause;
    act();
    this.#cause = null;
  }

  #row = (id: number) => this.chat.journal.requests.get(id);
  #anyone = () => this.pick(2) === 0 ? ADA : BOB;

  #aRequest(id: string): ClaudeRequest {
    const kind = this.pick(4);
    if (kind === 0) return aPlan(id);
    if (kind === 1) return aQuestion(id, {}, { text: "And?", multiSelect: true });
    return aPermission(id, kind === 2 ? { grantable: null } : {});
  }
}

/** Why an answer should not have been given; null when all is well. */
function fault(request: OpenRequest, answer: RequestAnswer, cause: Cause): string | null {
  if (cause === null) return "nobody did anything";
  if (cause.by === "time") return answer.kind === "deny" ? null : "time allowed it";
  if (cause.user !== request.user) return "it was somebody else's";
  if (cause.by === "message") return answer.kind === "allow" ? "a message allowed it" : null;
  if (cause.request !== request.id) return "the button was another request's";
  return cause.message === request.messageId ? null : "the message was another one";
}

async function sequence(world: World): Promise<void> {
  await world.begin();
  await world.ask();
  for (let left = 4 + world.pick(12); left > 0; left--) {
    const what = world.pick(40);
    if (what < 30) world.press();
    else if (what < 34) await world.ask();
    else if (what < 37) await world.reply();
    else if (what < 38) await world.withdraw();
    else if (what < 39) await world.later();
    else await world.end("answered");
  }
  await world.chat.idle();
  await world.later();
  assertEquals(
    [...world.pending],
    [],
    "of what nobody answers the turn is stopped when its time is up",
  );
  for (let turns = 0; world.chat.conversations.of("lab").busy; turns++) {
    assert(turns < 20, "a turn hangs");
    await world.end("answered");
  }
}

/**
 * So many sequences in one chat, one after the other: their messages are of every age.
 * @returns how many requests were answered; nobody answers the others in time.
 */
async function chatOf(seed: number, sequences: number): Promise<number> {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: GROUP });
  Object.assign(chat.conversations.options, { requestMs: LIMIT_MS });
  const world = new World(chat, random(seed));
  let presses = 0;
  for (let n = 0; n < sequences; n++) {
    await sequence(world);
    assertEquals(world.wrong, [], `seed ${seed}, sequence ${n}`);
    assertEquals(chat.journal.requests.open(), [], `seed ${seed}, sequence ${n}`);
    presses += chat.telegram.of("answerCallbackQuery").length;
    chat.telegram.made.length = 0;
  }
  assertEquals(chat.journal.updates.unrouted(), []);
  assert(presses > 4 * sequences, `${presses} presses`);
  return world.answered.size;
}

Deno.test("requests: 1,000 random sequences of taps and messages", async () => {
  // Side by side, since most of a sequence is waiting for promises to settle.
  const answers = await Promise.all(Array.from({ length: 20 }, (_, seed) => chatOf(seed + 1, 50)));
  assert(answers.reduce((sum, each) => sum + each, 0) > 50, `${answers}`);
});
