import type { CallbackQuery } from "grammy/types";
import { UserFacingError } from "../errors.ts";
import type { JournalUpdate, NewDelivery } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { SessionExistsError } from "../sessions/mod.ts";
import { type Action, decode } from "./buttons.ts";
import { archive, restoreByKey } from "./archiving.ts";
import { continuation, deliveries } from "./compose.ts";
import type { Asker, Context } from "./context.ts";
import { escapedCut } from "./text/excerpt.ts";
import { bold, concat, type FormattedText, lines } from "./text/formatted.ts";
import { edited, withoutButtons } from "./previews.ts";
import { addFollowUp } from "./jobs.ts";
import { pressedGrant } from "./grants/press.ts";
import { pressedReport } from "./homelab/press.ts";
import { pressedLifecycle } from "./lifecycle.ts";
import { pressedOffer } from "./offers/press.ts";
import { OLD, pressedPrompt } from "./prompts/press.ts";
import { pressedSchedule } from "./schedule/press.ts";
import { pressedControl } from "./settings/press.ts";
import { EARLIER, isOfEarlierSession, pressedQueue } from "./queueing.ts";
import { pressedTrust } from "./trust/press.ts";
import { switchTo } from "./switching.ts";

const log = logger("press");

/** What a press led to: a toast for the one who pressed, and what its message becomes. */
interface Pressed {
  readonly toast: string;
  /** The text that takes the place of the buttons' message. */
  readonly becomes?: FormattedText;
  /** Work that takes its time: a message of its own tells its end, which notifies. */
  readonly then?: Promise<FormattedText>;
  /** Work that goes on behind the answer, and is told by what it leads to. */
  readonly behind?: Promise<unknown>;
}

const CUT_OFF = "I was interrupted during this tap. If nothing has come of it, tap again.";

/**
 * Serves a press on a button at once, and answers it whatever happens.
 * @param cutOff it was begun before and may be half done: it is only answered.
 */
export async function pressed(
  context: Context,
  update: JournalUpdate,
  cutOff = false,
): Promise<void> {
  const { callback_query: query } = update.payload as { callback_query: CallbackQuery };
  const asker = { place: update.place ?? { chat: query.from.id }, user: query.from.id };
  let result: Pressed = { toast: "Something went wrong; the log of Switchboard says what." };
  try {
    result = cutOff ? { toast: CUT_OFF } : await act(context, asker, query);
  } catch (error) {
    log.error("Cannot serve the press {data}: {error}", { data: query.data, error });
    if (error instanceof UserFacingError) result = { toast: error.message };
  }
  // Their failures are caught from now on, not only when their turn comes.
  const behind = result.behind?.catch((error) => log.error("Behind a press: {error}", { error }));
  const end = result.then === undefined ? [] : endOf(result.then, asker, query);
  showResult(context, asker, query, result);
  const late = await answered(context, asker, query, result);
  await behind;
  const rows = [...late, ...await end];
  const { journal, clock, outbox } = context;
  journal.transaction(() => {
    journal.deliveries.add(rows, clock.now());
    journal.updates.done(update.id, clock.now());
  });
  outbox.wake(asker.place.chat);
}

/**
 * Answers the press. Telegram takes no answer to an old one, or none now, as after a time without a
 * network: what would be seen nowhere else is then said in the chat.
 */
async function answered(
  context: Context,
  { place }: Asker,
  query: CallbackQuery,
  { toast, becomes, then }: Pressed,
): Promise<NewDelivery[]> {
  const answer = await context.call("answerCallbackQuery", {
    callback_query_id: query.id,
    text: escapedCut(toast, 200),
  });
  if (answer.kind === "ok") return [];
  log.debug("A press was not answered: {kind}", { kind: answer.kind });
  // Of one that may have been seen nothing is repeated.
  if (answer.kind === "unknown" || becomes !== undefined || then !== undefined) return [];
  const replyTo = query.message?.message_id ?? null;
  return deliveries(lines(toast), { place, replyTo, silent: true });
}

/** What is said when a long work has ended, well or not. */
async function endOf(
  work: Promise<FormattedText>,
  { place }: Asker,
  query: CallbackQuery,
): Promise<NewDelivery[]> {
  const replyTo = query.message?.message_id ?? null;
  return deliveries(await work.catch(inWords), { place, replyTo });
}

function inWords(error: unknown): FormattedText {
  if (error instanceof UserFacingError) return lines(error.message);
  log.error("A long work failed: {error}", { error });
  return lines("That failed; the log of Switchboard says why.");
}

function showResult(
  context: Context,
  asker: Asker,
  query: CallbackQuery,
  { becomes }: Pressed,
): void {
  const message = query.message;
  if (becomes === undefined || message === undefined) return;
  context.outbox.offer(asker.place.chat, edited(asker.place.chat, message.message_id, becomes));
}

async function act(
  context: Context,
  asker: Asker,
  query: CallbackQuery,
): Promise<Pressed> {
  const action = decode(query.data ?? "");
  if (action === null) return { toast: OLD };
  switch (action.do) {
    case "switch":
      return await changed(context, asker, action.session);
    case "make-default":
      await makeDefault(context);
      return await changed(context, asker, "default");
    case "stop":
      return stop(context, action.turn);
    case "prompt":
      return { toast: pressedPrompt(context, asker, action, query) };
    case "queue":
      return await pressedQueue(context, asker, action);
    case "grant":
      return pressedGrant(context, asker, action, query);
    case "report":
      return await pressedReport(context, asker, action, query);
    case "schedule":
      return await pressedSchedule(context, asker, action, query);
    case "lifecycle":
      return await pressedLifecycle(context, asker, action);
    case "offer":
      return await pressedOffer(context, action);
    case "trust":
      return await pressedTrust(context, asker, action, query);
    case "again":
    case "continue":
      return await repeat(context, asker, action);
    case "dismiss":
      return dismiss(context, asker, action.job, query);
    case "archive":
      return {
        toast: "Archiving…",
        becomes: concat("Putting ", bold(action.session), " away…"),
        then: archive(context, action.session, action.made),
      };
    case "restore":
      return { toast: "Restoring…", then: restoreByKey(context, action.archive) };
    case "keep":
      return { toast: "Kept", becomes: concat(bold(action.session), " stays where it is.") };
    default:
      return await pressedControl(context, asker, action, query);
  }
}

async function changed(context: Context, asker: Asker, session: string): Promise<Pressed> {
  const { text } = await switchTo(context, asker, session);
  return { toast: `Now in ${session}`, becomes: text };
}

/** Makes the default session, unless it is there: two may tap at the same time. */
async function makeDefault({ sessions }: Context): Promise<void> {
  try {
    await sessions.create("default");
  } catch (error) {
    if (!(error instanceof SessionExistsError)) throw error;
  }
}

/** Stops the very turn that the button was shown for, never a later one. */
function stop(context: Context, turnId: string): Pressed {
  const turn = context.status.turn(turnId);
  const conversation = turn && context.conversations.of(turn.session);
  if (!conversation?.busy) return { toast: "This turn is over already." };
  return { toast: "Stopping…", behind: conversation.stop() };
}

/** Takes the buttons of a message away that offers to go on. */
function dismiss(
  { journal, outbox }: Context,
  { place: { chat }, user }: Asker,
  id: number,
  query: CallbackQuery,
): Pressed {
  const job = journal.jobs.get(id);
  const messageId = query.message?.message_id;
  if (job === undefined || job.place.chat !== chat || messageId === undefined) {
    return { toast: OLD };
  }
  if (job.user !== user) return { toast: "Only who asked can drop it." };
  outbox.offer(chat, withoutButtons(chat, messageId));
  return { toast: "Dropped" };
}

/** Makes a new job of one that was interrupted or failed, once. */
async function repeat(
  context: Context,
  asker: Asker,
  action: Extract<Action, { do: "again" | "continue" }>,
): Promise<Pressed> {
  const { journal, conversations } = context;
  const job = journal.jobs.get(action.job);
  if (job === undefined) return { toast: OLD };
  if (job.user !== asker.user) return { toast: "Only who asked can ask again." };
  if (job.state !== "done") return { toast: "It is on its way already." };
  if (await isOfEarlierSession(context, job)) return { toast: EARLIER };
  const text = journal.jobs.siblings(job).map((each) => each.text).join("\n\n");
  const again = action.do === "again" ? text : continuation(text);
  const made = journal.transaction(() => addFollowUp(context, job, again));
  if (made === null) return { toast: "That was done already." };
  conversations.wake(job.session);
  return { toast: action.do === "again" ? "Asking again" : "Continuing" };
}
