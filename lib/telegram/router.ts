import type { Message, Update } from "grammy/types";
import { UserFacingError } from "../errors.ts";
import { type JournalUpdate, PRIORITY, type UpdateKind } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { isBeside } from "./beside.ts";
import { findCommand } from "./commands.ts";
import { deliveries } from "./compose.ts";
import type { Asker, Context, Reply } from "./context.ts";
import { bold, code, concat, lines } from "./text/formatted.ts";
import { becomesCommand, serveEdit } from "./edits.ts";
import { expiredWords, expires } from "./expired.ts";
import { mayGoOn } from "./cuts.ts";
import { movedChat } from "./receive.ts";
import { messageOf as writtenOf, steered, wholeMessage } from "./jobs.ts";
import { Sequentializer } from "./sequentialize.ts";
import { MessageGroups } from "./message_groups.ts";
import { pressed } from "./press.ts";
import { takeReply } from "./requests/reply.ts";
import { stopAndAsk } from "./queueing.ts";
import { notUnderstood, sorryFor } from "./sorry.ts";
import { parseCommand } from "./update.ts";
import { stopTarget } from "./stop_target.ts";
import { Submitter } from "./submitter.ts";

const log = logger("router");

/** What comes behind a message group and is no part of it: that goes first. */
const FLUSHING: ReadonlySet<UpdateKind> = new Set(["command", "edit"]);

/** So many of the last prompts may have been the beginnings of texts whose rest is still to come. */
const RECALLED = 50;

const STEER_USAGE = concat(
  "Usage: ",
  code("/steer <text>"),
  "\nIt goes to the running turn at once, between two of its steps.",
);

/**
 * Brings journaled updates to where they are served. What a person sends in one place is served in
 * its order; a stop and a press are served at once, beside it.
 */
export class Router {
  readonly #sequentializer = new Sequentializer();
  readonly #beside = new Set<Promise<void>>();
  readonly #unserved = new Set<number>();
  readonly #groups: MessageGroups;
  readonly #submitter: Submitter;
  #closed = false;

  constructor(readonly context: Context) {
    this.#groups = new MessageGroups(
      context.clock,
      (update) => void this.#sequentializer.after(update, () => this.#due(update)),
    );
    this.#submitter = new Submitter(context, this.#groups, (...reply) => this.#deliver(...reply));
  }

  /** Serves an update. Its failure is logged and told; it never rejects. */
  route(update: JournalUpdate, replayed = false): void {
    if (isBeside(update, this.context.homelab)) {
      const served = this.#serve(update, replayed).finally(() => this.#beside.delete(served));
      this.#beside.add(served);
      return;
    }
    this.#sequentializer.serve(update, async () => {
      if (!this.#closed) await this.#serve(update, replayed);
    });
  }

  /** After a start: what was journaled and not routed, by its kind. */
  replay(): void {
    const { updates, pieces } = this.context.journal;
    this.#groups.recall(
      updates.latestPrompts(RECALLED),
      ({ chat, message_id }) => pieces.jobOf(chat.id, message_id),
    );
    for (const update of updates.unrouted()) this.route(update, true);
  }

  /** Serves what a full disk kept from being served, and from being told so. */
  retry(): void {
    const failed = this.context.journal.updates.unrouted().filter(({ id }) =>
      this.#unserved.delete(id)
    );
    for (const update of failed) this.route(update, true);
  }

  /** Serves what is in hand, a stop and a press; all else is served after the next start, in its order. */
  close(): void {
    this.#closed = true;
    this.#groups.close();
  }

  /** Settles when everything that was routed is served. */
  async idle(): Promise<void> {
    await Promise.all([this.#sequentializer.idle(), ...this.#beside]);
  }

  async #serve(routed: JournalUpdate, replayed: boolean): Promise<void> {
    // An edit may have changed it since it was read from the journal.
    const update = replayed ? this.context.journal.updates.get(routed.id) ?? routed : routed;
    const asker = askerOf(update);
    try {
      if (replayed && expires(update)) return await this.#expired(update, asker);
      if (FLUSHING.has(update.kind) && !isBeside(update, this.context.homelab)) {
        await this.#ask(this.#groups.flush(update), asker);
      }
      await this.#dispatch(update, asker);
    } catch (error) {
      this.#failed([update], asker, error);
    }
  }

  /** A message group has waited long enough for others. */
  async #due(update: JournalUpdate): Promise<void> {
    await this.#ask(this.#groups.take(update), askerOf(update));
  }

  /** When not even that can be told, an update stays as it is until the disk is well, or a start. */
  #failed(updates: readonly JournalUpdate[], asker: Asker, error: unknown): void {
    const last = updates.at(-1)!;
    const isFacing = error instanceof UserFacingError;
    if (!isFacing) log.error("Cannot serve update {id}: {error}", { id: last.id, error });
    const text = isFacing ? error.message : sorryFor(last.kind);
    try {
      this.#reply(updates, asker, { text: lines(text) });
    } catch (again) {
      log.error("Cannot tell of update {id}: {error}", { id: last.id, error: again });
      for (const { id } of updates) this.#unserved.add(id);
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
        return await this.#begin(update, asker);
      case "prompt":
        return await this.#prompt(update, asker);
      case "other":
        return this.#reply([update], asker, { text: notUnderstood(messageOf(update)) });
      case "move":
        return await this.#move(update);
      case "edit":
        return await this.#edit(update, asker);
      default:
        return update.kind satisfies never;
    }
  }

  async #prompt(update: JournalUpdate, asker: Asker): Promise<void> {
    const message = writtenOf(update);
    // A long answer to a request may go on, and is taken when it is whole.
    const whole = !mayGoOn(message) && !this.#groups.expects(update);
    if (whole && await this.#takeReply([update], asker)) return;
    if (steered(message.text ?? "") === "") {
      return this.#reply([update], asker, { text: STEER_USAGE });
    }
    await this.#begin(update, asker);
  }

  /** Serves what is whole; what may go on waits for its rest. */
  async #begin(update: JournalUpdate, asker: Asker): Promise<void> {
    if (update.kind === "command" && !mayGoOn(writtenOf(update))) {
      return await this.#command([update], asker);
    }
    const behind = this.#sequentializer.behind(update);
    for (const group of this.#groups.add(update, behind)) await this.#ask(group, asker);
  }

  /** Serves the messages of one sender that belong together. */
  async #ask(updates: readonly JournalUpdate[], asker: Asker): Promise<void> {
    const [first] = updates;
    if (first === undefined) return;
    try {
      if (first.kind === "command") return await this.#command(updates, asker);
      if (mayGoOn(writtenOf(first)) && await this.#takeReply(updates, asker)) return;
      await this.#submitter.submit(updates, asker);
    } catch (error) {
      this.#failed(updates, asker, error);
    }
  }

  async #takeReply(updates: readonly JournalUpdate[], asker: Asker): Promise<boolean> {
    // While the session is looked up, what was sent along with it arrives.
    const session = await this.context.sessions.active(asker.place);
    const taken = takeReply(this.context, updates, asker, session);
    if (taken) this.#groups.became(updates, null);
    return taken;
  }

  async #command(updates: readonly JournalUpdate[], asker: Asker): Promise<void> {
    const parsed = parseCommand(wholeMessage(updates.map(writtenOf)).text ?? "");
    const command = parsed === null ? undefined : findCommand(parsed.name, this.context.homelab);
    if (parsed === null || command === undefined) {
      throw new Error(`Update ${updates[0]?.id} is no command of ours`);
    }
    this.#reply(updates, asker, await command.run(this.context, asker, parsed.args));
  }

  /**
   * Interrupts at once. What was sent before the stop and is on its way through here is stopped, or
   * held back, as soon as it has arrived.
   */
  async #stop(update: JournalUpdate, asker: Asker): Promise<void> {
    const { context } = this;
    const target = await stopTarget(context, asker.place);
    if (target === null) {
      return this.#reply([update], asker, { text: lines("There is no session here.") });
    }
    const { session } = target;
    const stop = { by: update.id, replyTo: messageOf(update)?.message_id ?? null };
    const onTheirWay = this.#groups.keeps(update) || this.#sequentializer.hasPrompt(update);
    const stops = [stopAndAsk(context, asker, session, stop)];
    if (onTheirWay) {
      // In its turn: an edit of it may be before us.
      await this.#sequentializer.after(update, () => this.#ask(this.#groups.flush(update), asker));
      stops.push(stopAndAsk(context, asker, session, stop));
    }
    const found = await Promise.all(stops.map(({ stopped }) => stopped));
    if (found.every((each) => each === "nothing") && stops.every(({ held }) => held === 0)) {
      return this.#reply([update], asker, { text: lines(`Nothing is running in ${session}.`) });
    }
    if (target.elsewhere) {
      const text = concat("Stopping ", bold(session), ": it was still working for this chat.");
      return this.#reply([update], asker, { text });
    }
    context.journal.updates.done(update.id, context.clock.now());
  }

  /** A waiting message that was edited into a command of ours is that command. */
  async #edit(update: JournalUpdate, asker: Asker): Promise<void> {
    const isOurs = (name: string) =>
      name === "stop" || findCommand(name, this.context.homelab) !== undefined;
    const name = becomesCommand(this.context, update, asker, isOurs);
    if (name === null) return serveEdit(this.context, update, asker);
    return name === "stop" ? await this.#stop(update, asker) : await this.#command([update], asker);
  }

  /** A group has become a supergroup: what is here of it goes there, its current session too. */
  async #move(update: JournalUpdate): Promise<void> {
    const { journal, sessions, clock, outbox } = this.context;
    const moved = movedChat(update.payload as Update);
    if (moved === null) throw new Error(`Update ${update.id} moves no chat`);
    journal.moveChat(moved.from, moved.to);
    await sessions.moveChat(moved.from, moved.to);
    journal.updates.done(update.id, clock.now());
    outbox.wake(moved.to);
  }

  /** The draft's own Stop: for the turn that it was shown for, never a later one. */
  async #draftStop(update: JournalUpdate): Promise<void> {
    const { status, journal, clock } = this.context;
    const { stopped_message_generation: stopped } = update.payload as {
      stopped_message_generation: { chat: { id: number }; draft_id: number };
    };
    const turn = status.turnOfDraft(stopped.chat.id, stopped.draft_id);
    if (turn !== undefined) {
      const stop = { by: update.id, replyTo: null };
      await stopAndAsk(this.context, turn, turn.session, stop).stopped;
    }
    journal.updates.done(update.id, clock.now());
  }

  /** After a crash: a stop or a press belonged to a turn that is over; a command may be half done. */
  async #expired(update: JournalUpdate, asker: Asker): Promise<void> {
    const text = expiredWords(update);
    if (text !== null) return this.#reply([update], asker, { text });
    if (update.kind === "press") return await pressed(this.context, update, true);
    this.context.journal.updates.done(update.id, this.context.clock.now());
  }

  /** The reply to the last of them and the updates' end, in one commit. */
  #reply(updates: readonly JournalUpdate[], asker: Asker, reply: Reply): void {
    const { journal, clock, outbox } = this.context;
    journal.transaction(() => {
      this.#deliver(updates.at(-1)!, asker, reply);
      for (const { id } of updates) journal.updates.done(id, clock.now());
    });
    outbox.wake(asker.place.chat);
  }

  #deliver(update: JournalUpdate, { place }: Asker, { text, extra, behind = [] }: Reply): void {
    const replyTo = messageOf(update)?.message_id ?? null;
    const rows = deliveries(text, { place, replyTo }, {
      priority: PRIORITY.answer,
      subject: `update:${update.id}`,
      ...(extra === undefined ? {} : { extra }),
    });
    this.context.journal.deliveries.add([...rows, ...behind], this.context.clock.now());
  }
}

const askerOf = ({ place, user }: JournalUpdate): Asker => ({
  place: place ?? { chat: user ?? 0 },
  user: user ?? 0,
});

function messageOf(update: JournalUpdate): Message | undefined {
  const payload = update.payload as { message?: Message; edited_message?: Message };
  return payload.message ?? payload.edited_message;
}
