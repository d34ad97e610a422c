import { type Delivery, type NewDelivery, placeOf } from "../journal/mod.ts";
import type { CallResult } from "./calls.ts";
import { deliveries } from "./compose.ts";
import { italic, lines } from "./formatted.ts";
import { REPEAT_MARK } from "./repeat_mark.ts";

/** What is said for a refused delivery; for its own refusal nothing more is said. */
const SUBJECT = "refused";

/** The payload as it is sent: a text whose first sending has an unknown outcome says so. */
export function marked(delivery: Delivery): Readonly<Record<string, unknown>> {
  const { payload, repeats } = delivery;
  if (repeats === 0) return payload;
  if (payload["document"] !== undefined) return { ...payload, caption: REPEAT_MARK.trim() };
  if (typeof payload["text"] !== "string") return payload;
  return { ...payload, text: payload["text"] + REPEAT_MARK };
}

/** The same message without entities, its buttons kept; null when it is that plain already. */
export function simplified(
  delivery: Delivery,
  { code, description }: { code: number; description: string },
): Readonly<Record<string, unknown>> | null {
  if (code !== 400) return null;
  const { entities, message_thread_id: thread, ...rest } = delivery.payload;
  if (/thread not found|TOPIC_/i.test(description) && thread !== undefined) {
    return entities === undefined ? rest : { ...rest, entities };
  }
  if (/entit|parse|url/i.test(description) && entities !== undefined) {
    return thread === undefined ? rest : { ...rest, message_thread_id: thread };
  }
  return null;
}

/**
 * What is sent in the place of a delivery that Telegram will not take: a file's text as messages, and
 * for the rest a line, so that nothing vanishes silently. Nothing where the chat itself is closed.
 */
export function inPlaceOf(
  { payload, subject, chat, priority }: Delivery,
  { code, description }: Extract<CallResult, { kind: "refused" }>,
): NewDelivery[] {
  const closed = code === 403 || /chat not found|deactivated|kicked/i.test(description);
  if (closed || subject === SUBJECT) return [];
  const thread = payload["message_thread_id"];
  const place = placeOf({ chat, thread: typeof thread === "number" ? thread : null });
  const { name, text } = Object(payload["document"]) as { name?: unknown; text?: unknown };
  const said = typeof text === "string"
    ? lines(italic(`${name} could not be sent as a file (${description}):`), "", text)
    : italic(`⚠️ A part could not be sent: ${description}`);
  return deliveries(said, { place, replyTo: null }, { subject: SUBJECT, priority });
}
