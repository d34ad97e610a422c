import type { TurnEvent } from "../claude/events.ts";
import { logger } from "../log.ts";
import type { ConversationOptions } from "./options.ts";
import type { Turn } from "./presenter.ts";

const log = logger("conversation");

/** Tells what a turn does on its way, where its session is to show everything. */
export function tellStep(options: ConversationOptions, turn: Turn, event: TurnEvent): void {
  if (event.type !== "tool" && event.type !== "thought") return;
  if (event.type === "tool" && event.state === "running") return; // Told with its output.
  if (options.output(turn.session) !== "verbose") return;
  const { journal, clock, compose } = options;
  try {
    journal.transaction(() =>
      journal.deliveries.add(compose.stepMessages(turn, event), clock.now())
    );
    announce(options, turn.place.chat);
  } catch (error) { // The turn and its answer go on without it.
    log.error("Cannot tell a step of {session}: {error}", { session: turn.session, error });
  }
}

/**
 * Tells something in a turn's place, as an answer to what began it unless it is about something else.
 * What it tells of goes on, also where it cannot be told.
 */
export function tell(
  options: ConversationOptions,
  turn: Turn,
  markdown: string,
  replyTo: number | null = turn.replyTo,
): void {
  const { journal, clock, compose } = options;
  try {
    journal.deliveries.add([compose.notice(turn.place, markdown, replyTo)], clock.now());
    announce(options, turn.place.chat);
  } catch (error) {
    log.error("Cannot tell {session}: {error}", { session: turn.session, error });
  }
}

/** Says that deliveries for a chat were committed. They are, whatever becomes of these words. */
export function announce({ presenter }: ConversationOptions, chat: number): void {
  try {
    presenter.delivered(chat);
  } catch (error) {
    log.error("Cannot announce what was committed for {chat}: {error}", { chat, error });
  }
}
