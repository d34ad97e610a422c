import type { Ask } from "../../claude/events.ts";
import type { Job, OpenPrompt } from "../../journal/mod.ts";
import type { Context } from "../context.ts";
import { MEANINGS, type PlainAnswer } from "./meanings.ts";
import { isYes } from "./reply.ts";

export const TOO_LATE = "Too late: Claude no longer waits for this.";

/** A yes and a no, by the kind of request. */
const ANSWERS: Readonly<
  Record<"allow" | "deny", Readonly<Record<Exclude<Ask["kind"], "question">, PlainAnswer>>>
> = {
  allow: { permission: "allow", plan: "start" },
  deny: { permission: "deny", plan: "send-back" },
};

/** Says yes or no to a request. @returns the toast. */
export function settle(
  context: Context,
  prompt: OpenPrompt,
  how: "allow" | "deny",
  also: () => void,
): string {
  const { kind } = prompt.ask as Ask;
  if (kind === "question") return "Claude asks for words here: reply to its question.";
  const { answer, words, toast } = MEANINGS[ANSWERS[how][kind]];
  const conversation = context.conversations.of(prompt.session);
  return conversation.answer(prompt, answer, words, also) ? toast : TOO_LATE;
}

/** Waiting messages were the answer to a request; in its transaction. They run no more. */
export function answeredBy(
  { journal, clock }: Context,
  { id }: OpenPrompt,
  jobs: readonly Job[],
): void {
  if (jobs.length === 0) return;
  journal.prompts.repliedBy(id, jobs.flatMap(({ messageId }) => messageId ?? []));
  journal.jobs.done(jobs.map((job) => job.id), "answered", clock.now(), `request:${id}`);
}

/** The bare yeses that wait beside a request: a tap that allows it says all that they say. */
export function yesesBeside({ conversations }: Context, prompt: OpenPrompt): Job[] {
  return conversations.of(prompt.session).queue.waiting().filter(({ user, place, text, held }) =>
    held === null && user === prompt.user && place.chat === prompt.place.chat &&
    place.thread === prompt.place.thread && isYes(text)
  );
}
