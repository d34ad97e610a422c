import type { Ask } from "../../claude/events.ts";
import { type OpenPrompt, PRIORITY } from "../../journal/mod.ts";
import { message } from "../compose.ts";
import type { Context } from "../context.ts";
import { lines } from "../text/formatted.ts";
import { removeNote } from "./closed.ts";

const WORDS: Readonly<Record<Ask["kind"], { readonly text: string; readonly hint: string }>> = {
  permission: { text: "Why not? Your next message here is the reason.", hint: "Why not?" },
  question: { text: "Your next message here is the answer.", hint: "Your answer" },
  plan: { text: "What should change? Your next message here tells Claude.", hint: "Changes" },
};

/**
 * From now on the next message of the prompt's user in its place belongs to the prompt, and no longer
 * to another one. A message invites to it and opens the keyboard. @returns the toast.
 */
export function invite(context: Context, prompt: OpenPrompt, kind: Ask["kind"]): string {
  if (prompt.awaits) return "Just write: your next message is for this.";
  const { journal, outbox, clock } = context;
  const { id, place, user, messageId } = prompt;
  const { text, hint } = WORDS[kind];
  const markup = { reply_markup: { force_reply: true, input_field_placeholder: hint } };
  const before = journal.prompts.awaiting(place, user);
  if (prompt.noteId !== null) dropNote(context, prompt);
  journal.transaction(() => {
    if (before !== undefined) journal.prompts.unawait(before.id);
    const payload = message(lines(text), { place, replyTo: messageId }, markup);
    const delivery = {
      chat: place.chat,
      priority: PRIORITY.prompt,
      subject: prompt.requestId,
      method: "sendMessage",
      payload,
    };
    const [note] = journal.deliveries.add([delivery], clock.now());
    journal.prompts.await(id, note!);
  });
  if (before !== undefined) removeNote(outbox, journal, before.id, place.chat);
  outbox.wake(place.chat);
  return "Just write";
}

/** An invitation that was given up for another prompt's, and comes again. */
function dropNote({ outbox }: Context, { noteId, place: { chat } }: OpenPrompt): void {
  outbox.offer(chat, {
    key: `remove:${noteId}`,
    priority: PRIORITY.remove,
    notBefore: 0,
    keep: true,
    call: () => ({ method: "deleteMessage", payload: { chat_id: chat, message_id: noteId } }),
  });
}
