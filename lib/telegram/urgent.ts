import type { Update } from "grammy/types";
import { logger } from "../log/mod.ts";
import { decode } from "./buttons.ts";
import type { Context } from "./context.ts";
import { placeIn, senderOf } from "./receive.ts";
import { stopTarget } from "./stop_target.ts";
import { parseCommand, readUpdate, sameName } from "./update.ts";

const log = logger("urgent");

/**
 * While nothing can be journaled no update is taken; what stops a turn is served all the same, from
 * memory. It comes again when it can be journaled, and must not stop another turn then.
 */
export class Urgent {
  readonly #served = new Set<number>();

  constructor(
    readonly context: Pick<Context, "sessions" | "conversations" | "status">,
    readonly allowed: ReadonlySet<number>,
  ) {}

  /**
   * Serves the stops among updates that cannot be journaled, each once.
   * @param username the bot's own: `/stop@another_bot` stops nothing here.
   */
  serve(updates: readonly Update[], username: string): void {
    for (const raw of updates) {
      const update = readUpdate(raw);
      if (update === null) continue;
      const from = senderOf(update);
      if (from === undefined || !this.allowed.has(from.id) || this.#served.has(update.update_id)) {
        continue;
      }
      this.#stop(update, username).catch((error) => log.error("Cannot stop: {error}", { error }));
    }
  }

  /** Whether an update was served before it was journaled. */
  has(id: number): boolean {
    return this.#served.has(id);
  }

  async #stop(update: Update, username: string): Promise<void> {
    const session = await this.#sessionOf(update, username);
    if (session === null || this.#served.has(update.update_id)) return;
    this.#served.add(update.update_id);
    log.warn("Stopping {session} without a journal", { session });
    await this.context.conversations.of(session).stop();
  }

  /** The session whose turn an update stops; null when it stops none. */
  async #sessionOf(update: Update, username: string): Promise<string | null> {
    const { status } = this.context;
    const { message, callback_query: press, stopped_message_generation: draft } = update;
    if (draft !== undefined) {
      return status.turnOfDraft(draft.chat.id, draft.draft_id)?.session ?? null;
    }
    if (press !== undefined) {
      const action = decode(press.data ?? "");
      const stops = action?.do === "turn.stop" || action?.do === "queue.stop";
      return stops ? status.turn(action.turn)?.session ?? null : null;
    }
    const place = placeIn(update);
    const command = parseCommand(message?.text ?? "");
    const isOurs = command?.bot === undefined || sameName(command.bot, username);
    if (command?.name !== "stop" || !isOurs || place === null) return null;
    return (await stopTarget(this.context, place))?.session ?? null;
  }
}
