import type { Journal, JournalUpdate, NewDelivery, NewJob } from "../../lib/journal/mod.ts";
import { PRIORITY } from "../../lib/journal/mod.ts";

/** A prompt's job with what a test does not care about filled in. */
export const aJob = (change: Partial<NewJob> = {}): NewJob => ({
  session: "s",
  place: { chat: 1 },
  user: 1,
  messageId: 10,
  text: "hello",
  away: false,
  ...change,
});

/** An update as it is recorded when it comes. */
export const anUpdate = (
  id: number,
  change: Partial<JournalUpdate> = {},
): Omit<JournalUpdate, "state"> => ({
  id,
  kind: "prompt",
  place: { chat: 1 },
  user: 1,
  payload: { update_id: id },
  receivedAt: id,
  ...change,
});

/** A message that must arrive. */
export const aDelivery = (text: string, change: Partial<NewDelivery> = {}): NewDelivery => ({
  chat: 1,
  priority: PRIORITY.answer,
  method: "sendMessage",
  payload: { chat_id: change.chat ?? 1, text },
  ...change,
});

/** The texts that wait for a chat, in the order in which they go, as if each were sent. */
export function drain(journal: Journal, chat = 1): unknown[] {
  const texts: unknown[] = [];
  for (let next = journal.deliveries.next(chat); next; next = journal.deliveries.next(chat)) {
    texts.push(next.payload["text"]);
    journal.deliveries.sent(next.id, null, 0);
  }
  return texts;
}
