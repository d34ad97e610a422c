import type { CallbackQuery } from "grammy/types";
import { PRIORITY } from "../../journal/mod.ts";
import { decode } from "../buttons.ts";
import type { Asker, Context } from "../context.ts";
import { concat, lines } from "../text/formatted.ts";
import { edit } from "../previews.ts";
import type { GrantAction } from "./action.ts";
import { grantList } from "./allowed.ts";

/** Takes back what was allowed, at once: the next request for it is asked about. */
export function pressedGrant(
  context: Context,
  asker: Asker,
  { grant }: GrantAction,
  { message }: CallbackQuery,
): { toast: string } {
  const ended = context.journal.grants.end(grant);
  if (message !== undefined) showRest(context, asker, message);
  return { toast: ended ? "Taken back: it is asked about again" : "That was taken back already." };
}

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
    return action?.do === "grant" ? [action.grant] : [];
  });
  const left = ids.flatMap((id) => context.journal.grants.get(id) ?? []);
  const [first] = left;
  const { text, extra = {} } = first === undefined
    ? { text: lines("Nothing of this list is allowed any more.") }
    : grantList(left, context, asker);
  const head = first === undefined
    ? []
    : [`Allowed in ${first.session} without asking, until you take it back:`, ""];
  context.outbox.offer(chat, {
    key: `message:${message.message_id}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call: () => edit(chat, message.message_id, lines(...head, concat(text)), extra),
  });
}
