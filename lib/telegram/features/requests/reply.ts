import type { ClaudeRequest, RequestAnswer } from "../../../claude/events.ts";
import { bareAnswer } from "../../../conversation/mod.ts";
import { joined, type OpenRequest, placeKey, PRIORITY } from "../../../journal/mod.ts";
import { deliveries } from "../../outbox/compose.ts";
import type { Context } from "../../context.ts";
import type { Written } from "../../incoming/incoming.ts";
import { lines } from "../../text/formatted.ts";
import { restPieces } from "../../incoming/jobs.ts";
import type { Group } from "../../incoming/message_groups.ts";
import { quoteOf } from "../../incoming/quotes.ts";
import { answerQuestion } from "./answer.ts";
import { BEGINNING, problemIn, type Progress } from "../../views/requests/question.ts";
import { NOT_ASKED, TOO_LATE } from "./meanings.ts";
import { short } from "../../text/excerpt.ts";

const NOT_PASSED_ON = "Your message was not passed on.";
export const LATE_WORDS = `${TOO_LATE} ${NOT_PASSED_ON}`;

/**
 * Takes a message, in as many parts as it came, that belongs to an open request: a reply to it, or the
 * one that it waits for, or what is written while a single question is open in the place's current
 * session. It becomes the request's answer, in one commit, and no prompt of its own.
 * @param session the one that is current in the place.
 * @returns false for any other message.
 */
export function takeReply(
  context: Context,
  [first, ...rest]: Group,
  session: string | null,
): boolean {
  const { asker: { place, user }, replyTo } = first;
  const text = first.words + joined(restPieces(first, rest));
  if (text.trim() === "") return false;
  const open = meant(context, first) ?? asked(context, first, session);
  if (open === undefined) return false;
  // A yes is no reason to deny. It allows: that takes a tap, which is offered beside it.
  const { kind } = open.request as ClaudeRequest;
  if (kind !== "question" && !open.awaits && bareAnswer(text) === "yes") return false;
  const { journal, clock, outbox } = context;
  const ids = [first, ...rest].map(({ message }) => message.message_id);
  const done = () => {
    for (const { id } of [first, ...rest]) journal.updates.done(id, clock.now());
  };
  const passedOn = () => {
    journal.requests.repliedBy(open.id, ids);
    done();
  };
  const refusal = open.user === user
    ? said(context, open, text, passedOn)
    : `${NOT_ASKED} ${NOT_PASSED_ON}`;
  if (refusal === null) return true;
  journal.transaction(() => {
    const rows = deliveries(lines(refusal), { place, replyTo }, { priority: PRIORITY.request });
    journal.deliveries.add(rows, clock.now());
    done();
  });
  outbox.wake(place.chat);
  return true;
}

function meant(
  { journal }: Context,
  { message, asker: { place, user } }: Written,
): OpenRequest | undefined {
  const replied = message.reply_to_message?.message_id;
  const shown = replied === undefined ? undefined : journal.requests.shownAs(place.chat, replied);
  if (shown !== undefined) return shown;
  // A command of Claude's is none of the words that were asked for.
  return message.text?.startsWith("/") ? undefined : journal.requests.awaiting(place, user);
}

/** The only thing that is asked of a person in a place, if words can answer it. */
function asked(
  { journal, conversations }: Context,
  { message, asker: { place, user } }: Written,
  session: string | null,
): OpenRequest | undefined {
  const isPlain = !message.text?.startsWith("/") && message.forward_origin === undefined;
  if (!isPlain || quoteOf(message) !== "") return undefined;
  const [only, ...more] = journal.requests.open().filter((each) =>
    each.session === session && each.user === user && placeKey(each.place) === placeKey(place)
  );
  if (
    only === undefined || more.length > 0 || (only.request as ClaudeRequest).kind !== "question"
  ) {
    return undefined;
  }
  return conversations.of(only.session).isAsked(only) ? only : undefined;
}

/** Gives Claude what was written. @returns a sentence when that cannot be. */
export function said(
  context: Context,
  open: OpenRequest,
  text: string,
  done: () => void,
): string | null {
  const request = open.request as ClaudeRequest;
  if (request.kind === "question") {
    const choice = { act: "text", text } as const;
    const problem = problemIn(request, open.progress as Progress | null ?? BEGINNING, [text]);
    if (problem !== null) return problem;
    const result = answerQuestion(context, open, request, choice, done);
    return result === "late" || result === "refused" ? LATE_WORDS : null;
  }
  const plan = request.kind === "plan";
  const answer: RequestAnswer = {
    kind: "deny",
    reason: plan ? `The user wants changes to the plan: ${text}` : `The user denied this: ${text}`,
  };
  const words = `${plan ? "✎ sent back" : "✗ denied"}: ${short(text)}`;
  const conversation = context.conversations.of(open.session);
  return conversation.answer(open, answer, words, done) ? null : LATE_WORDS;
}
