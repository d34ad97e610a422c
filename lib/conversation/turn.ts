import type { PromptId } from "../claude/events.ts";
import type { Job } from "../journal/mod.ts";
import type { Turn } from "./screen.ts";
import type { TurnView } from "./view.ts";

/** A prompt on its way to its turn, with the jobs that it carries. */
export interface Submission {
  readonly promptId: PromptId;
  readonly jobs: readonly Job[];
  readonly turn: Turn;
  /** False while the process is being started. */
  sent: boolean;
}

/** The turn that runs, and what is seen of it. */
export interface Running {
  turn: Turn;
  view: TurnView;
}

/** The turn that jobs of one place and user ask for; its answer replies to the last of them. */
function askedTurn(id: string, jobs: readonly Job[], startedAt: number): Turn {
  const last = jobs.at(-1)!;
  return {
    id,
    session: last.session,
    place: last.place,
    user: last.user,
    replyTo: last.messageId,
    asked: true,
    away: jobs.some(({ away }) => away),
    startedAt,
  };
}

/** A new prompt that carries these jobs. */
export function submissionOf(promptId: PromptId, jobs: readonly Job[], now: number): Submission {
  return { promptId, jobs, turn: askedTurn(promptId, jobs, now), sent: false };
}

/** A turn that nobody asked for: it goes where the session was last spoken to. */
export function unaskedTurn(id: string, last: Job, startedAt: number): Turn {
  const { session, place, user } = last;
  return { id, session, place, user, replyTo: null, asked: false, away: false, startedAt };
}
