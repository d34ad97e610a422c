import type { ClaudeRequest } from "../../claude/events.ts";
import type { Job, OpenRequest } from "../../journal/mod.ts";
import type { Context } from "../context.ts";
import { MEANINGS, type PlainAnswer } from "./meanings.ts";
import { isYes } from "./reply.ts";

export const TOO_LATE = "Too late: Claude no longer waits for this.";

/** A yes and a no, by the kind of request. */
const ANSWERS: Readonly<
  Record<
    "allow" | "deny",
    Readonly<Record<Exclude<ClaudeRequest["kind"], "question">, PlainAnswer>>
  >
> = {
  allow: { permission: "allow", plan: "start" },
  deny: { permission: "deny", plan: "send-back" },
};

/** Says yes or no to a request. @returns the toast. */
export function settle(
  context: Context,
  open: OpenRequest,
  how: "allow" | "deny",
  also: () => void,
): string {
  const { kind } = open.request as ClaudeRequest;
  if (kind === "question") return "Claude asks for words here: reply to its question.";
  const { answer, words, toast } = MEANINGS[ANSWERS[how][kind]];
  const conversation = context.conversations.of(open.session);
  return conversation.answer(open, answer, words, also) ? toast : TOO_LATE;
}

/** Waiting messages were the answer to a request; in its transaction. They run no more. */
export function answeredBy(
  { journal, clock }: Context,
  { id }: OpenRequest,
  jobs: readonly Job[],
): void {
  if (jobs.length === 0) return;
  journal.requests.repliedBy(id, jobs.flatMap(({ messageId }) => messageId ?? []));
  journal.jobs.done(jobs.map((job) => job.id), "answered", clock.now(), `request:${id}`);
}

/** The bare yeses that wait beside a request: a tap that allows it says all that they say. */
export function yesesBeside({ conversations }: Context, open: OpenRequest): Job[] {
  return conversations.of(open.session).queue.waiting().filter(({ user, place, text, held }) =>
    held === null && user === open.user && place.chat === open.place.chat &&
    place.thread === open.place.thread && isYes(text)
  );
}
