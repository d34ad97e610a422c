import type { CallbackQuery } from "grammy/types";
import { UserFacingError } from "../../errors.ts";
import type { NewDelivery } from "../../journal/mod.ts";
import { logger } from "../../log/mod.ts";
import { ARCHIVE_PRESSES } from "./sessions/archiving.ts";
import { type Action, type ButtonName, OLD, standingOn } from "../buttons.ts";
import { deliveries } from "../outbox/compose.ts";
import type { Asker, Context, Pressed } from "../context.ts";
import type { Presses, PressHandler } from "../context.ts";
import { GRANT_PRESSES } from "./grants/allowed.ts";
import { REPORT_PRESSES } from "./homelab/press.ts";
import { TASK_PRESSES } from "./info/tasks.ts";
import type { Press } from "../incoming/incoming.ts";
import { BUDGET_PRESSES, LIFECYCLE_PRESSES } from "./sessions/lifecycle.ts";
import { OFFER_PRESSES } from "./offers/offer.ts";
import { edited } from "../outbox/previews.ts";
import { REQUEST_PRESSES } from "./requests/press.ts";
import { QUEUE_PRESSES } from "./queue/queueing.ts";
import { SCHEDULE_PRESSES } from "./schedule/press.ts";
import { SETTING_PRESSES } from "./settings/press.ts";
import { SESSION_PRESSES } from "./sessions/switching.ts";
import { escapedCut } from "../text/excerpt.ts";
import { type FormattedText, lines } from "../text/formatted.ts";
import { TRUST_PRESSES } from "./trust/press.ts";
import { TURN_PRESSES } from "./queue/turn_buttons.ts";

const log = logger("press");

/** Every handler, each from the feature that it belongs to. */
const PRESSES: Presses<string> = {
  ...SESSION_PRESSES,
  ...ARCHIVE_PRESSES,
  ...TURN_PRESSES,
  ...LIFECYCLE_PRESSES,
  ...REQUEST_PRESSES,
  ...GRANT_PRESSES,
  ...QUEUE_PRESSES,
  ...BUDGET_PRESSES,
  ...SETTING_PRESSES,
  ...TASK_PRESSES,
  ...OFFER_PRESSES,
  ...TRUST_PRESSES,
  ...REPORT_PRESSES,
  ...SCHEDULE_PRESSES,
};

const CUT_OFF = "I was interrupted during this tap. If nothing has come of it, tap again.";

/**
 * Serves a press on a button at once, and answers it whatever happens.
 * @param cutOff it was begun before and may be half done: it is only answered.
 */
export async function pressed(
  context: Context,
  press: Press,
  cutOff = false,
): Promise<void> {
  const { query, asker } = press;
  let result: Pressed = { toast: "Something went wrong; the log of Switchboard says what." };
  try {
    result = cutOff ? { toast: CUT_OFF } : await act(context, press);
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
    journal.updates.done(press.id, clock.now());
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
  { outbox }: Context,
  { place: { chat } }: Asker,
  { message }: CallbackQuery,
  { becomes, extra }: Pressed,
): void {
  if (becomes === undefined || message === undefined) return;
  outbox.offer(chat, edited(chat, message.message_id, becomes, extra));
}

async function act(context: Context, { query, asker, action }: Press): Promise<Pressed> {
  if (action === null || !mayServe(action.do, query)) return { toast: OLD };
  const serve = PRESSES[action.do] as PressHandler<Action>;
  return await serve(context, asker, action, query);
}

/** Each names its very turn, and a turn can always be stopped: its buttons change all the time. */
const STOPS: ReadonlySet<ButtonName> = new Set(["turn.stop", "queue.stop"]);

/**
 * Only a button that stands on the message counts: else somebody's own data would change the message
 * of another. A request that is settled has none any more, and says how it ended.
 */
function mayServe(name: ButtonName, query: CallbackQuery): boolean {
  const standing = standingOn(query);
  return standing === null || standing.includes(query.data ?? "") || STOPS.has(name) ||
    (standing.length === 0 && name.startsWith("request."));
}
