import type { PromptId } from "../claude/events.ts";
import type { Job } from "../journal/mod.ts";
import { cut } from "../text.ts";
import type { Turn } from "./presenter.ts";
import type { TurnView } from "./view.ts";

/** A prompt on its way to its turn, with the jobs that it carries. */
export interface Submission {
  readonly promptId: PromptId;
  jobs: readonly Job[];
  readonly turn: Turn;
  /** False while the process is being started. */
  sent: boolean;
  /** Whether a turn has it. */
  begun: boolean;
}

/** Prompts that have, or would have had, a turn. */
export type Carried = Pick<Submission, "turn" | "jobs">;

/** The turn that runs, and what is seen of it. */
export interface Running {
  turn: Turn;
  view: TurnView;
}

/** How much of a message names it. */
const WORDS_SHOWN = 40;

/** The turn that jobs of one place and user ask for; its answer replies to the last of them. */
export function turnOf(id: string, jobs: readonly Job[], startedAt: number): Turn {
  const last = jobs.at(-1)!;
  return {
    id,
    session: last.session,
    place: last.place,
    user: last.user,
    replyTo: last.messageId,
    also: jobs.slice(0, -1).map(({ text }) => wordsOf(text)),
    asked: true,
    away: jobs.some(({ away }) => away),
    startedAt,
  };
}

/** The first line of a prompt that goes on where an interrupted one was. */
export const CONTINUES = "You were interrupted in the middle of your work on this request:";

/** What stands in a prompt besides the person's own words: what it quotes, and where that is from. */
const NOT_SAID = /^(\s*$|>|Forwarded from .+:$)/;

/** The first words of a message: those of the request that it goes on with. */
export function wordsOf(text: string): string {
  const line = text.split("\n").find((each) => each !== CONTINUES && !NOT_SAID.test(each)) ?? "";
  return cut(line.trim(), WORDS_SHOWN);
}

/** A new prompt that carries these jobs. */
export function submissionOf(promptId: PromptId, jobs: readonly Job[], now: number): Submission {
  return { promptId, jobs, turn: turnOf(promptId, jobs, now), sent: false, begun: false };
}

/** A turn that nobody asked for: it goes where the session was last spoken to. */
export function unaskedTurn(
  id: string,
  last: Job,
  startedAt: number,
  reports: readonly string[] = [],
): Turn {
  const { session, place, user } = last;
  return {
    ...{ id, session, place, user, startedAt, reports },
    ...{ replyTo: null, also: [], asked: false, away: false },
  };
}
