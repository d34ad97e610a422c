import type { Job } from "../journal/mod.ts";
import type { Turn } from "./screen.ts";

/** The turn that jobs of one place and user ask for; its answer replies to the last of them. */
export function askedTurn(id: string, jobs: readonly Job[], startedAt: number): Turn {
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

/** A turn that nobody asked for: it goes where the session was last spoken to. */
export function unaskedTurn(id: string, last: Job, startedAt: number): Turn {
  const { session, place, user } = last;
  return { id, session, place, user, replyTo: null, asked: false, away: false, startedAt };
}
