import { type Job, joined } from "../../journal/mod.ts";
import { button, keyboard } from "../buttons.ts";
import { deliveries } from "../outbox/compose.ts";
import type { Context } from "../context.ts";
import { readAgain, type Written } from "../incoming/incoming.ts";
import { lines } from "../text/formatted.ts";
import { APART, promptText } from "../incoming/jobs.ts";

/**
 * A person changed a message: what waits changes with it; of what has gone to Claude the new words
 * are offered to run. All of it is one commit with the update's end.
 */
export function serveEdit(context: Context, edit: Written): void {
  const { journal, clock, conversations, outbox } = context;
  const job = jobOf(context, edit);
  journal.transaction(() => {
    if (job === undefined && isAnswer(context, edit)) tellAnswered(context, edit);
    else if (job === undefined) reviseHeld(context, edit);
    else if (reviseJob(context, edit, job) === "offer") offer(context, edit, job);
    journal.updates.done(edit.id, clock.now());
  });
  if (job !== undefined) conversations.wake(job.session);
  outbox.wake(edit.asker.place.chat);
}

const isAnswer = ({ journal }: Context, { asker: { place, user }, message }: Written) =>
  journal.requests.answeredBy(place.chat, user, message.message_id);

function tellAnswered({ journal, clock }: Context, { asker: { place }, replyTo }: Written): void {
  const text = lines(
    "Claude has the old words of this message: they answered something it asked. " +
      "Send the new ones as a new message.",
  );
  journal.deliveries.add(deliveries(text, { place, replyTo }), clock.now());
}

/**
 * Takes a message out of the queue that waits there and was edited into a command of ours, its first
 * words mistyped. @returns whether it is one now.
 */
export function becomesCommand(context: Context, edit: Written): boolean {
  if (edit.call?.name !== "stop" && edit.call?.command === undefined) return false;
  const job = jobOf(context, edit);
  if (job === undefined || context.journal.pieces.of(job.id).length > 1) return false;
  return context.conversations.of(job.session).queue.cancel(({ id }) => id === job.id) > 0;
}

function jobOf({ journal }: Context, { asker, message }: Written): Job | undefined {
  const id = journal.pieces.jobOf(asker.place.chat, message.message_id);
  const job = id === undefined || message.text === undefined ? undefined : journal.jobs.get(id);
  return job?.user === asker.user ? job : undefined;
}

/** Telegram tells of edits that change no word, such as a link's preview: they are nothing. */
function reviseJob({ journal }: Context, edit: Written, job: Job): "offer" | "done" {
  const { message_id: id } = edit.message;
  // A further part of a text has nothing before its words.
  const isRest = journal.pieces.of(job.id).slice(1).some(({ messageId, glue }) =>
    messageId === id && glue !== APART
  );
  const text = isRest ? edit.words : promptText(edit);
  if (!journal.pieces.revise(job.id, id, text)) return "done";
  const revised = journal.jobs.revise(job.id, joined(journal.pieces.of(job.id)));
  return revised ? "done" : "offer";
}

/** A prompt that waits for a session to be chosen, or for a disk that takes it. */
function reviseHeld({ journal: { updates } }: Context, { asker, message }: Written): void {
  const { place, user } = asker;
  const unserved = updates.unrouted().filter((each) =>
    each.kind === "prompt" && each.user === user && each.place?.chat === place.chat
  );
  const held = [...updates.held(place, user), ...unserved]
    .find((each) => readAgain(each)?.replyTo === message.message_id);
  if (held === undefined || message.text === undefined) return;
  updates.revise(held.id, { ...held.payload as object, message });
}

function offer({ journal, clock }: Context, { replyTo }: Written, job: Job): void {
  const text = lines("You changed a message that has gone to Claude with its old words.");
  const extra = keyboard([button("Run again", { do: "queue.rerun", job: job.id })]);
  const rows = deliveries(text, { place: job.place, replyTo }, { extra });
  journal.deliveries.add(rows, clock.now());
}
