import type { Message } from "grammy/types";
import { type JournalUpdate, placeKey, PRIORITY, type UpdateKind } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { findCommand } from "./commands.ts";
import { deliveries } from "./compose.ts";
import type { Asker, Context, Reply } from "./context.ts";
import { code, concat, lines } from "./formatted.ts";
import { parseCommand } from "./intake.ts";
import { pressed } from "./press.ts";
import { addJob, askForSession, isForPerson } from "./switching.ts";

const log = logger("router");

/** Served at once, beside what waits in its place; after a crash they have expired. */
const BESIDE: ReadonlySet<UpdateKind> = new Set(["press", "stop", "draft_stop"]);

/**
 * Brings journaled updates to where they are served. What a person sends in one place is served in
 * its order; a stop and a press are served at once, beside it.
 */
export class Router {
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #beside = new Set<Promise<void>>();

  constructor(readonly context: Context) {}

  /** Serves an update. Its failure is logged and told; it never rejects. */
  route(update: JournalUpdate, replayed = false): void {
    if (BESIDE.has(update.kind)) {
      const served = this.#serve(update, replayed).finally(() => this.#beside.delete(served));
      this.#beside.add(served);
      return;
    }
    const key = update.place === null ? "" : placeKey(update.place);
    const before = this.#lanes.get(key) ?? Promise.resolve();
    const lane = before.then(() => this.#serve(update, replayed)).finally(() => {
      if (this.#lanes.get(key) === lane) this.#lanes.delete(key);
    });
    this.#lanes.set(key, lane);
  }

  /** After a start: what was journaled and not routed, by its kind. */
  replay(): void {
    for (const update of this.context.journal.updates.unrouted()) this.route(update, true);
  }

  /** Settles when everything that was routed is served. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values(), ...this.#beside]);
  }

  async #serve(update: JournalUpdate, replayed: boolean): Promise<void> {
    const asker = { place: update.place ?? { chat: update.user ?? 0 }, user: update.user ?? 0 };
    try {
      if (replayed && expires(update)) return await this.#expired(update, asker);
      await this.#dispatch(update, asker);
    } catch (error) {
      this.#failed(update, asker, error);
    }
  }

  /** When not even that can be told, the update stays as it is and is served after the next start. */
  #failed(update: JournalUpdate, asker: Asker, error: unknown): void {
    if (!isForPerson(error)) {
      log.error("Cannot serve update {id}: {error}", { id: update.id, error });
    }
    const text = isForPerson(error)
      ? error.message
      : "Something went wrong with this message; the log of Switchboard says what. Please send it again.";
    try {
      this.#reply(update, asker, { text: lines(text) });
    } catch (again) {
      log.error("Cannot tell of update {id}: {error}", { id: update.id, error: again });
    }
  }

  async #dispatch(update: JournalUpdate, asker: Asker): Promise<void> {
    switch (update.kind) {
      case "press":
        return await pressed(this.context, update);
      case "stop":
        return await this.#stop(update, asker);
      case "draft_stop":
        return await this.#draftStop(update);
      case "command":
        return await this.#command(update, asker);
      case "prompt":
        return await this.#prompt(update, asker);
      case "other":
        return this.#reply(update, asker, { text: notUnderstood(messageOf(update)) });
      case "edit": // An edit of what has run changes nothing.
        return this.context.journal.updates.done(update.id, this.context.clock.now());
      default:
        return update.kind satisfies never;
    }
  }

  async #prompt(update: JournalUpdate, asker: Asker): Promise<void> {
    const { journal, sessions, conversations } = this.context;
    const session = await sessions.active(asker.place);
    if (session === null) {
      const held = journal.updates.held(asker.place, asker.user).length > 0;
      const reply = await askForSession(this.context);
      journal.transaction(() => {
        journal.updates.hold(update.id);
        if (!held) this.#deliver(update, asker, reply);
      });
      return this.context.outbox.wake(asker.place.chat);
    }
    journal.transaction(() => addJob(this.context, update, session, asker));
    conversations.wake(session);
  }

  async #command(update: JournalUpdate, asker: Asker): Promise<void> {
    const parsed = parseCommand(messageOf(update)?.text ?? "");
    const command = parsed === null ? undefined : findCommand(parsed.name);
    if (parsed === null || command === undefined) {
      throw new Error(`Update ${update.id} is no command of ours`);
    }
    this.#reply(update, asker, await command.run(this.context, asker, parsed.args));
  }

  async #stop(update: JournalUpdate, asker: Asker): Promise<void> {
    const { sessions, conversations, journal, clock } = this.context;
    const session = await sessions.active(asker.place);
    const found = session === null ? "nothing" : await conversations.of(session).stop();
    if (found !== "nothing") return journal.updates.done(update.id, clock.now());
    const where = session === null
      ? "There is no session here"
      : `Nothing is running in ${session}`;
    this.#reply(update, asker, { text: lines(`${where}.`) });
  }

  /** The draft's own Stop: for the turn that it was shown for, never a later one. */
  async #draftStop(update: JournalUpdate): Promise<void> {
    const { status, conversations, journal, clock } = this.context;
    const { stopped_message_generation: stopped } = update.payload as {
      stopped_message_generation: { chat: { id: number }; draft_id: number };
    };
    const turn = status.turnOfDraft(stopped.chat.id, stopped.draft_id);
    if (turn !== undefined) await conversations.of(turn.session).stop();
    journal.updates.done(update.id, clock.now());
  }

  /** After a crash: a stop or a press belonged to a turn that is over; a command may be half done. */
  async #expired(update: JournalUpdate, asker: Asker): Promise<void> {
    if (update.kind === "command") {
      const name = parseCommand(messageOf(update)?.text ?? "")?.name ?? "this command";
      const text = concat(
        "I was interrupted in the middle of ",
        code(`/${name}`),
        ". Please send it again.",
      );
      return this.#reply(update, asker, { text });
    }
    if (update.kind === "press") {
      await pressed(this.context, { ...update, payload: expiredPress(update) });
    } else this.context.journal.updates.done(update.id, this.context.clock.now());
  }

  /** The reply and the update's end, in one commit. */
  #reply(update: JournalUpdate, asker: Asker, reply: Reply): void {
    const { journal, clock, outbox } = this.context;
    journal.transaction(() => {
      this.#deliver(update, asker, reply);
      journal.updates.done(update.id, clock.now());
    });
    outbox.wake(asker.place.chat);
  }

  #deliver(update: JournalUpdate, { place }: Asker, { text, extra }: Reply): void {
    const replyTo = messageOf(update)?.message_id ?? null;
    const rows = deliveries(text, { place, replyTo }, {
      priority: PRIORITY.answer,
      subject: `update:${update.id}`,
      ...(extra === undefined ? {} : { extra }),
    });
    this.context.journal.deliveries.add(rows, this.context.clock.now());
  }
}

function expires(update: JournalUpdate): boolean {
  if (BESIDE.has(update.kind)) return true;
  if (update.kind !== "command") return false;
  return findCommand(parseCommand(messageOf(update)?.text ?? "")?.name ?? "")?.repeatable !== true;
}

/** The same press with data that nothing answers to: it is told that its button is out of use. */
function expiredPress(update: JournalUpdate): unknown {
  const payload = update.payload as { callback_query: object };
  return { ...payload, callback_query: { ...payload.callback_query, data: "" } };
}

function messageOf(update: JournalUpdate): Message | undefined {
  const payload = update.payload as { message?: Message; edited_message?: Message };
  return payload.message ?? payload.edited_message;
}

const KINDS: readonly (readonly [keyof Message, string])[] = [
  ["photo", "pictures"],
  ["voice", "voice notes"],
  ["audio", "audio files"],
  ["video", "videos"],
  ["video_note", "video notes"],
  ["document", "files"],
  ["sticker", "stickers"],
  ["location", "places"],
  ["contact", "contacts"],
];

function notUnderstood(message: Message | undefined) {
  const kind = KINDS.find(([key]) => message !== undefined && key in message)?.[1];
  const what = kind === undefined ? "this kind of message" : kind;
  return lines(`I cannot read ${what} yet. Please say it in words.`);
}
