import type { ExitReason } from "../claude/events.ts";

export const STOPPED_EARLY = "Stopped before it began.";
/** Of a turn that nobody answered. */
export const PARKED = "Parked: nobody answered. What Claude asked for was not run.";
export const DROPPED = "Claude Code closed this message without answering it.";

/** Told at once, before its process is ended. */
export const DOES_NOT_REACT =
  "⏹ Claude Code has not reacted for 5 s. I am ending its process; the conversation is kept.";
const NOT_REACHED = "Claude Code ended before it came to this message.";

/** What is said of a message that was with a process when that ended, and had no turn yet. */
export function strandedSentence(reason: ExitReason, shutdown: boolean): string {
  if (shutdown) return stopSentence(true);
  return reason === "killed" ? STOPPED_EARLY : NOT_REACHED;
}

/** An error as a sentence for the chat. */
export const sentenceOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error);

/** What is said of a turn that was interrupted. */
export const stopSentence = (shutdown: boolean) =>
  shutdown ? "Interrupted: Switchboard is shutting down." : "Stopped.";

/** What is said of a turn whose process ended under it. */
export function exitSentence(reason: ExitReason, stderrTail: string, shutdown: boolean): string {
  if (shutdown) return stopSentence(true);
  if (reason === "refused") return stderrTail;
  if (reason === "killed") {
    return "Stopped. Claude Code did not react, so its process was ended; your next message resumes the conversation.";
  }
  const said = stderrTail === ""
    ? "It said nothing."
    : `Its last words:\n\n~~~\n${stderrTail}\n~~~`;
  return `Claude Code ended in the middle of this turn. Your next message resumes the conversation. ${said}`;
}
