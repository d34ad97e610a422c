import { type Place, PRIORITY } from "../../../journal/mod.ts";
import type { Context } from "../../context.ts";

/** What is quicker shows nothing; Telegram shows "typing" for 5 s. */
const AFTER_MS = 1_000;
const EVERY_MS = 4_500;

/** What `work` gives; while it takes its time, the place shows that something is being done. */
export async function whileTyping<T>(
  { clock, outbox }: Pick<Context, "clock" | "outbox">,
  { chat, thread }: Place,
  work: Promise<T>,
): Promise<T> {
  let over = false;
  const payload = {
    chat_id: chat,
    ...(thread === undefined ? {} : { message_thread_id: thread }),
    action: "typing",
  };
  const show = () => {
    outbox.offer(chat, {
      key: "typing",
      priority: PRIORITY.draft,
      notBefore: 0,
      keep: false,
      call: () => over ? null : { method: "sendChatAction", payload },
    });
    cancel = clock.after(EVERY_MS, show);
  };
  let cancel = clock.after(AFTER_MS, show);
  try {
    return await work;
  } finally {
    over = true;
    cancel();
  }
}
