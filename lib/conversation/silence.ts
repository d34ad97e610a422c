import type { TurnEvent } from "../claude/events.ts";
import { logger } from "../log.ts";
import { announce } from "./notices.ts";
import type { ConversationOptions } from "./options.ts";
import type { Turn } from "./presenter.ts";

const log = logger("conversation");

/** Tells of a process that says nothing in a turn, once for each silence, with a button to end it. */
export class Silence {
  #told = false;

  constructor(readonly options: ConversationOptions) {}

  heard(event: TurnEvent, turn: Turn | undefined): void {
    if (event.type !== "silent") this.#told = false;
    else if (!this.#told && turn !== undefined) this.#tell(turn, event.ms);
  }

  #tell(turn: Turn, ms: number): void {
    const { journal, clock, compose } = this.options;
    const minutes = Math.round(ms / 60_000);
    const words =
      `🕯 Claude Code has said nothing in **${turn.session}** for ${minutes} min. It may hang, or work on something long. If you end its process, your next message resumes the conversation.`;
    try {
      journal.deliveries.add([compose.hung(turn, words)], clock.now());
      this.#told = true;
      announce(this.options, turn.place.chat);
    } catch (error) {
      log.error("Cannot tell that {session} is silent: {error}", { ...turn, error });
    }
  }
}
