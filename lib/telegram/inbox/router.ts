import { UserFacingError } from "../../errors.ts";
import { joined, type JournalUpdate } from "../../journal/mod.ts";
import { logger } from "../../log/mod.ts";
import { findCommand } from "../features/commands.ts";
import type { Context, Reply } from "../context.ts";
import { mayGoOn } from "../incoming/cuts.ts";
import { becomesCommand, serveEdit } from "./edits.ts";
import {
  type DraftStop,
  type Incoming,
  isBeside,
  isSteered,
  type Move,
  promptsOf,
  readAgain,
  type Written,
} from "../incoming/incoming.ts";
import { restPieces } from "../incoming/jobs.ts";
import { type Group, MessageGroups } from "../incoming/message_groups.ts";
import { pressed } from "../features/press.ts";
import { expiredWords, expires, notUnderstood, replyRows, sorryFor } from "./replies.ts";
import { takeReply } from "../features/requests/reply.ts";
import { Sequentializer } from "./sequentialize.ts";
import { stopAndAsk, stopTarget } from "../features/queue/stopping.ts";
import { submit } from "./submit.ts";
import { bold, code, concat, lines } from "../text/formatted.ts";

const log = logger("router");

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
  #closed = false;

  constructor(readonly context: Context) {
    this.#groups = new MessageGroups(
      context.clock,
      (last) => void this.#sequentializer.after(last, () => this.#askAll(this.#groups.take(last))),
    );
  }

  /** Serves an update. Its failure is logged and told; it never rejects. */
  route(update: Incoming, replayed = false): void {
    if (isBeside(update)) {
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
    for (const prompt of promptsOf(updates.latestPrompts(RECALLED))) {
      const { chat, message_id: id } = prompt.message;
      this.#groups.became([prompt], pieces.jobOf(chat.id, id) ?? null);
    }
    this.#routeAgain(updates.unrouted());
  }

  /** Serves what a full disk kept from being served, and from being told so. */
  retry(): void {
    const unrouted = this.context.journal.updates.unrouted();
    this.#routeAgain(unrouted.filter(({ id }) => this.#unserved.delete(id)));
  }

  #routeAgain(updates: readonly JournalUpdate[]): void {
    for (const update of updates) {
      const incoming = this.#readAgain(update);
      if (incoming !== null) this.route(incoming, true);
      else log.error("The journal's update {id} cannot be read", { id: update.id });
    }
  }

  #readAgain(update: JournalUpdate): Incoming | null {
    return readAgain(update, (name) => findCommand(name, this.context.homelab));
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

  async #serve(routed: Incoming, replayed: boolean): Promise<void> {
    // An edit may have changed it since it was read from the journal.
    const now = replayed ? this.context.journal.updates.get(routed.id) : undefined;
    const update = (now && this.#readAgain(now)) ?? routed;
    try {
      if (replayed && expires(update)) return await this.#expired(update);
      await this.#dispatch(update);
    } catch (error) {
      this.#failed([update], error);
    }
  }

  /** When not even that can be told, an update stays as it is until the disk is well, or a start. */
  #failed(updates: readonly [Incoming, ...Incoming[]], error: unknown): void {
    const last = updates.at(-1)!;
    const isFacing = error instanceof UserFacingError;
    if (!isFacing) log.error("Cannot serve update {id}: {error}", { id: last.id, error });
    const text = isFacing ? error.message : sorryFor(last);
    try {
      this.#reply(updates, { text: lines(text) });
    } catch (again) {
      log.error("Cannot tell of update {id}: {error}", { id: last.id, error: again });
      for (const { id } of updates) this.#unserved.add(id);
    }
  }

  async #dispatch(update: Incoming): Promise<void> {
    switch (update.kind) {
      case "press":
        return await pressed(this.context, update);
      case "stop":
        return await this.#stop(update);
      case "draft_stop":
        return await this.#draftStop(update);
      case "command":
        // What was sent before it goes first.
        if (!isBeside(update)) await this.#askAll(this.#groups.flush(update));
        return mayGoOn(update) ? await this.#gather(update) : await this.#command([update]);
      case "prompt":
        return await this.#prompt(update);
      case "other":
        return this.#reply([update], { text: notUnderstood(update) });
      case "move":
        return await this.#move(update);
      case "edit":
        await this.#askAll(this.#groups.flush(update));
        return await this.#edit(update);
      default:
        return update satisfies never;
    }
  }

  async #prompt(prompt: Written): Promise<void> {
    // A long answer to a request may go on, and is taken when it is whole.
    if (this.#groups.isWhole(prompt) && await this.#takeReply([prompt])) return;
    if (isSteered(prompt) && prompt.call?.args === "") {
      return this.#reply([prompt], { text: STEER_USAGE });
    }
    await this.#gather(prompt);
  }

  /** Serves what is whole; what may go on waits for its rest. */
  async #gather(written: Written): Promise<void> {
    await this.#askAll(this.#groups.add(written, this.#sequentializer.behind(written)));
  }

  async #askAll(groups: readonly Group[]): Promise<void> {
    for (const group of groups) await this.#ask(group);
  }

  /** Serves the messages of one sender that belong together. */
  async #ask(group: Group): Promise<void> {
    try {
      if (group[0].kind === "command") return await this.#command(group);
      if (mayGoOn(group[0]) && await this.#takeReply(group)) return;
      const job = await submit(this.context, group, this.#groups.begun(group));
      if (job !== null) this.#groups.became(group, job);
    } catch (error) {
      this.#failed(group, error);
    }
  }

  async #takeReply(group: Group): Promise<boolean> {
    // While the session is looked up, what was sent along with it arrives.
    const session = await this.context.sessions.active(group[0].asker.place);
    const taken = takeReply(this.context, group, session);
    if (taken) this.#groups.became(group, null);
    return taken;
  }

  async #command([first, ...rest]: Group): Promise<void> {
    const { id, call, asker } = first;
    if (call?.command === undefined) throw new Error(`Update ${id} is no command of ours`);
    const args = (call.args + joined(restPieces(first, rest))).trim();
    this.#reply([first, ...rest], await call.command.run(this.context, asker, args));
  }

  /**
   * Interrupts at once. What was sent before the stop and is on its way through here is stopped, or
   * held back, as soon as it has arrived.
   */
  async #stop(update: Written): Promise<void> {
    const { context } = this;
    const { asker, replyTo } = update;
    const target = await stopTarget(context, asker.place);
    if (target === null) {
      return this.#reply([update], { text: lines("There is no session here.") });
    }
    const { session } = target;
    const stop = { by: update.id, replyTo };
    // Before a message that was edited into a stop nothing is left to wait for: it had its turn.
    const onTheirWay = update.kind === "stop" &&
      (this.#groups.keeps(update) || this.#sequentializer.hasPrompt(update));
    const stops = [stopAndAsk(context, asker, session, stop)];
    if (onTheirWay) {
      // In its turn: an edit of it may be before us.
      await this.#sequentializer.after(update, () => this.#askAll(this.#groups.flush(update)));
      stops.push(stopAndAsk(context, asker, session, stop));
    }
    const found = await Promise.all(stops.map(({ stopped }) => stopped));
    if (found.every((each) => each === "nothing") && stops.every(({ held }) => held === 0)) {
      return this.#reply([update], { text: lines(`Nothing is running in ${session}.`) });
    }
    if (target.elsewhere) {
      const text = concat("Stopping ", bold(session), ": it was still working for this chat.");
      return this.#reply([update], { text });
    }
    this.#done(update);
  }

  /** A waiting message that was edited into a command of ours is that command. */
  async #edit(edit: Written): Promise<void> {
    if (!becomesCommand(this.context, edit)) return serveEdit(this.context, edit);
    await (edit.call?.name === "stop" ? this.#stop(edit) : this.#command([edit]));
  }

  /** A group has become a supergroup: what is here of it goes there, its current session too. */
  async #move(update: Move): Promise<void> {
    const { journal, sessions, outbox } = this.context;
    journal.moveChat(update.from, update.to);
    await sessions.moveChat(update.from, update.to);
    this.#done(update);
    outbox.wake(update.to);
  }

  /** The draft's own Stop: for the turn that it was shown for, never a later one. */
  async #draftStop(update: DraftStop): Promise<void> {
    const turn = this.context.status.turnOfDraft(update.asker.place.chat, update.draft);
    if (turn !== undefined) {
      const stop = { by: update.id, replyTo: null };
      await stopAndAsk(this.context, turn, turn.session, stop).stopped;
    }
    this.#done(update);
  }

  /** After a crash: a stop or a press belonged to a turn that is over; a command may be half done. */
  async #expired(update: Incoming): Promise<void> {
    const text = expiredWords(update);
    if (text !== null) return this.#reply([update], { text });
    if (update.kind === "press") return await pressed(this.context, update, true);
    this.#done(update);
  }

  #done({ id }: Incoming): void {
    this.context.journal.updates.done(id, this.context.clock.now());
  }

  /** The reply to the last of them and the updates' end, in one commit. */
  #reply(updates: readonly [Incoming, ...Incoming[]], reply: Reply): void {
    const { journal, clock, outbox } = this.context;
    journal.transaction(() => {
      journal.deliveries.add(replyRows(updates.at(-1)!, reply), clock.now());
      updates.forEach((update) => this.#done(update));
    });
    outbox.wake(updates[0].asker.place.chat);
  }
}
