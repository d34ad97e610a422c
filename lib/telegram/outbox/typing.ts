import { type Place, PRIORITY } from "../../journal/mod.ts";
import type { Outbox } from "./outbox.ts";

/** Telegram shows "typing" for 5 s. */
const EVERY_MS = 4_500;
/** A work that is quicker shows nothing. */
const AFTER_MS = 1_000;

/**
 * Shows "typing" in a place from now on, but not while it `pauses`.
 * @param key what else is shown under it takes its place.
 * @returns what ends it.
 */
export function typing(
  outbox: Outbox,
  { chat, thread }: Place,
  key: string,
  pauses = () => false,
): () => void {
  let over = false;
  const payload = {
    chat_id: chat,
    ...(thread === undefined ? {} : { message_thread_id: thread }),
    action: "typing",
  };
  const show = () => {
    const call = () => over || pauses() ? null : { method: "sendChatAction", payload };
    outbox.offer(chat, { key, priority: PRIORITY.draft, call });
    return outbox.clock.after(EVERY_MS, () => cancel = show());
  };
  let cancel = show();
  return () => {
    over = true;
    cancel();
  };
}

/** Awaits `work`; while it takes its time, the place shows that something is being done. */
export async function whileTyping<T>(outbox: Outbox, place: Place, work: Promise<T>): Promise<T> {
  let end = outbox.clock.after(AFTER_MS, () => end = typing(outbox, place, "typing"));
  try {
    return await work;
  } finally {
    end();
  }
}
