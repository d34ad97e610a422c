import { type Job, joined, type JournalUpdate } from "../journal/mod.ts";
import { button, keyboard } from "./buttons.ts";
import { deliveries } from "./compose.ts";
import type { Asker, Context } from "./context.ts";
import { lines } from "./text/formatted.ts";
import { APART, messageOf, promptText, restOf } from "./jobs.ts";
import { parseCommand } from "./update.ts";

/**
 * A person changed a message: what waits changes with it; of what has gone to Claude the new words
 * are offered to run. All of it is one commit with the update's end.
 */
export function serveEdit(context: Context, update: JournalUpdate, asker: Asker): void {
  const { journal, clock, conversations, outbox } = context;
  const job = jobOf(context, update, asker);
  journal.transaction(() => {
    if (job === undefined && isAnswer(context, update, asker)) tellAnswered(context, update, asker);
    else if (job === undefined) reviseHeld(context, update, asker);
    else if (reviseJob(context, update, job) === "offer") offer(context, update, job);
    journal.updates.done(update.id, clock.now());
  });
  if (job !== undefined) conversations.wake(job.session);
  outbox.wake(asker.place.chat);
}

const isAnswer = ({ journal }: Context, update: JournalUpdate, { place, user }: Asker) =>
  journal.requests.answeredBy(place.chat, user, messageOf(update).message_id);

function tellAnswered({ journal, clock }: Context, update: JournalUpdate, { place }: Asker): void {
  const text = lines(
    "Claude has the old words of this message: they answered a request of its. " +
      "Send the new ones as a message of their own.",
  );
  const rows = deliveries(text, { place, replyTo: messageOf(update).message_id });
  journal.deliveries.add(rows, clock.now());
}

/** The command of ours that a waiting message was edited into, its first words mistyped. */
export function becomesCommand(
  context: Context,
  update: JournalUpdate,
  asker: Asker,
  isOurs: (name: string) => boolean,
): string | null {
  const name = parseCommand(messageOf(update).text ?? "")?.name;
  if (name === undefined || !isOurs(name)) return null;
  const job = jobOf(context, update, asker);
  if (job === undefined || context.journal.pieces.of(job.id).length > 1) return null;
  return context.conversations.of(job.session).queue.cancel(job.id) ? name : null;
}

function jobOf({ journal }: Context, update: JournalUpdate, asker: Asker): Job | undefined {
  const { message_id: messageId, text } = messageOf(update);
  const id = journal.pieces.jobOf(asker.place.chat, messageId);
  const job = id === undefined || text === undefined ? undefined : journal.jobs.get(id);
  return job?.user === asker.user ? job : undefined;
}

/** Telegram tells of edits that change no word, such as a link's preview: they are nothing. */
function reviseJob({ journal }: Context, update: JournalUpdate, job: Job): "offer" | "done" {
  const message = messageOf(update);
  const { message_id: id } = message;
  // A further part of a text has nothing before its words.
  const isRest = journal.pieces.of(job.id).slice(1).some(({ messageId, glue }) =>
    messageId === id && glue !== APART
  );
  const text = isRest ? restOf(message) : promptText(message);
  if (!journal.pieces.revise(job.id, id, text)) return "done";
  const revised = journal.jobs.revise(job.id, joined(journal.pieces.of(job.id)));
  return revised ? "done" : "offer";
}

/** A prompt that waits for a session to be chosen, or for a disk that takes it. */
function reviseHeld({ journal }: Context, update: JournalUpdate, asker: Asker): void {
  const message = messageOf(update);
  const { updates } = journal;
  const unserved = updates.unrouted().filter(({ kind, user, place }) =>
    kind === "prompt" && user === asker.user && place?.chat === asker.place.chat
  );
  const held = [...updates.held(asker.place, asker.user), ...unserved]
    .find((each) => messageOf(each).message_id === message.message_id);
  if (held === undefined || message.text === undefined) return;
  journal.updates.revise(held.id, { ...held.payload as object, message });
}

function offer({ journal, clock }: Context, update: JournalUpdate, job: Job): void {
  const { message_id: replyTo } = messageOf(update);
  const text = lines("You changed a message that has gone to Claude with its old words.");
  const extra = keyboard([button("Run again", { do: "queue.rerun", job: job.id })]);
  const rows = deliveries(text, { place: job.place, replyTo }, { extra });
  journal.deliveries.add(rows, clock.now());
}
