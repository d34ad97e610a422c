import type { CallbackQuery } from "grammy/types";
import { decode } from "../buttons.ts";
import type { Asker, Context, Presses } from "../context.ts";
import { concat, lines } from "../text/formatted.ts";
import { edited } from "../previews.ts";
import { grantList } from "./allowed.ts";

export const GRANT_PRESSES: Presses<"grant"> = {
  /** Takes back what was allowed, at once: the next request for it is asked about. */
  "grant.end"(context, asker, { grant }, { message }) {
    const ended = context.journal.grants.end(grant);
    if (message !== undefined) showRest(context, asker, message);
    return {
      toast: ended ? "Taken back: it is asked about again" : "That was taken back already.",
    };
  },
};

/** The same message without what was taken back. */
function showRest(
  context: Context,
  asker: Asker,
  message: NonNullable<CallbackQuery["message"]>,
): void {
  const { chat } = asker.place;
  const markup = "reply_markup" in message ? message.reply_markup : undefined;
  const ids = (markup?.inline_keyboard ?? []).flat().flatMap((each) => {
    const action = "callback_data" in each ? decode(each.callback_data) : null;
    return action?.do === "grant.end" ? [action.grant] : [];
  });
  const left = ids.flatMap((id) => context.journal.grants.get(id) ?? []);
  const [first] = left;
  const { text, extra } = first === undefined
    ? { text: lines("Nothing of this list is allowed any more.") }
    : grantList(left, context, asker);
  const head = first === undefined
    ? []
    : [`Allowed in ${first.session} without asking, until you take it back:`, ""];
  const rest = lines(...head, concat(text));
  context.outbox.offer(chat, edited(chat, message.message_id, rest, extra));
}
