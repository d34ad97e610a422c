import type { Clock } from "../../../clock.ts";
import { type Journal, PRIORITY } from "../../../journal/mod.ts";
import { deliveries } from "../../outbox/compose.ts";
import { bold, code, concat, type FormattedText } from "../../text/formatted.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import type { Incident } from "../../api/poll_health.ts";

const WORDS: Readonly<Record<Incident, FormattedText>> = {
  conflict: concat(
    "⚠️ ",
    bold("Another program polls Telegram with this bot's token."),
    " Some of your messages go to it and never reach me. Stop it, if it is a second Switchboard, or ",
    "give it a bot of its own. If you know of no other, somebody has the token: ",
    code("/revoke"),
    " it at @BotFather. I keep trying, once a minute.",
  ),
  webhook: concat(
    "⚠️ ",
    bold("A webhook is set for this bot,"),
    " so Telegram sends your messages there and not to me. I do not remove what another program may ",
    "need: give that program a bot of its own, or open ",
    code("https://api.telegram.org/bot<token>/deleteWebhook"),
    " once in a browser. I keep trying, once a minute.",
  ),
};

const OVER: Readonly<Record<Incident, string>> = {
  conflict: "✅ Nobody else polls with this bot's token any more; all messages reach me again.",
  webhook: "✅ The webhook is gone; messages reach me again.",
};

/**
 * Tells each allowed user, in the private chat with them, what keeps updates from coming and when that
 * is over: sending works all the while.
 */
export function pollNews(
  journal: Journal,
  outbox: Outbox,
  clock: Clock,
  users: readonly number[],
): (incident: Incident | null, before: Incident | null) => void {
  return (incident, before) => {
    const text = incident !== null
      ? WORDS[incident]
      : before !== null
      ? concat(OVER[before])
      : null;
    if (text === null) return;
    const options = { priority: PRIORITY.request };
    const rows = users.flatMap((chat) =>
      deliveries(text, { place: { chat }, replyTo: null }, options)
    );
    journal.transaction(() => journal.deliveries.add(rows, clock.now())); // All, or all once more.
    for (const user of users) outbox.wake(user);
  };
}
