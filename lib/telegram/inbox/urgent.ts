import type { Update } from "grammy/types";
import { logger } from "../../log/mod.ts";
import type { Context } from "../context.ts";
import { arrivalOf, type Incoming, read } from "../incoming/incoming.ts";
import { stopTarget } from "../features/queue/stopping.ts";
import { readUpdate } from "../api/update.ts";

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
      const arrival = update && arrivalOf(update, 0);
      const incoming = arrival && read(arrival, undefined, username);
      if (incoming === null || !this.allowed.has(incoming.asker.user)) continue;
      this.#stop(incoming).catch((error) => log.error("Cannot stop: {error}", { error }));
    }
  }

  /** True when an update was served before it was journaled. */
  has(id: number): boolean {
    return this.#served.has(id);
  }

  async #stop(update: Incoming): Promise<void> {
    if (this.#served.has(update.id)) return;
    const session = await this.#sessionOf(update);
    if (session === null || this.has(update.id)) return;
    this.#served.add(update.id);
    log.warn("Stopping {session} without a journal", { session });
    await this.context.conversations.of(session).stop();
  }

  /** The session whose turn an update stops; null when it stops none. */
  async #sessionOf(update: Incoming): Promise<string | null> {
    const { status } = this.context;
    const { asker: { place } } = update;
    switch (update.kind) {
      case "stop":
        return (await stopTarget(this.context, place))?.session ?? null;
      case "draft_stop":
        return status.turnOfDraft(place.chat, update.draft)?.session ?? null;
      case "press": {
        const { action } = update;
        const stops = action?.do === "turn.stop" || action?.do === "queue.stop";
        return stops ? status.turn(action.turn)?.session ?? null : null;
      }
      default:
        return null;
    }
  }
}
