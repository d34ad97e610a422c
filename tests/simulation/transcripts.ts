import type { CliGiven, CliPrompt, CliTurn } from "../checker/evidence.ts";

/** What Claude Code keeps on the disk, and what it was seen to do. */
export interface Transcripts {
  /** The prompts of each conversation, by their uuids. */
  readonly conversations: Map<string, Set<string>>;
  readonly prompts: CliPrompt[];
  readonly given: CliGiven[];
  readonly turns: CliTurn[];
  /** Counts the answers, so that no two are the same. */
  answers: number;
}
