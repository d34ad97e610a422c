import type { ClaudeRequest } from "../../../claude/events.ts";
import { type OpenRequest, PRIORITY } from "../../../journal/mod.ts";
import { message } from "../../outbox/compose.ts";
import type { Context } from "../../context.ts";
import { deletion } from "../../outbox/previews.ts";
import { lines } from "../../text/formatted.ts";
import { removeNote } from "../../views/requests/closed.ts";

const WORDS: Readonly<
  Record<ClaudeRequest["kind"], { readonly text: string; readonly hint: string }>
> = {
  permission: { text: "Why not? Your next message here is the reason.", hint: "Why not?" },
  question: { text: "Your next message here is the answer.", hint: "Your answer" },
  plan: { text: "What should change? Your next message here tells Claude.", hint: "Changes" },
};

/**
 * From now on the next message of the request's user in its place belongs to the request, and no
 * longer to another one. A message invites to it and opens the keyboard. @returns the toast.
 */
export function invite(context: Context, open: OpenRequest, kind: ClaudeRequest["kind"]): string {
  if (open.awaits) return "Just write: your next message is for this.";
  const { journal, outbox, clock } = context;
  const { id, place, user, messageId, noteId } = open;
  const { text, hint } = WORDS[kind];
  const markup = { reply_markup: { force_reply: true, input_field_placeholder: hint } };
  const before = journal.requests.awaiting(place, user);
  if (noteId !== null) dropNote(context, place.chat, noteId);
  journal.transaction(() => {
    if (before !== undefined) journal.requests.unawait(before.id);
    const payload = message(lines(text), { place, replyTo: messageId }, markup);
    const delivery = {
      chat: place.chat,
      priority: PRIORITY.request,
      subject: open.requestId,
      method: "sendMessage",
      payload,
    };
    const [note] = journal.deliveries.add([delivery], clock.now());
    journal.requests.await(id, note!);
  });
  if (before !== undefined) removeNote(outbox, journal, before.id, place.chat);
  outbox.wake(place.chat);
  return "Just write";
}

/** An invitation that was given up for another request's, and comes again. */
function dropNote({ outbox }: Context, chat: number, noteId: number): void {
  outbox.offer(chat, {
    key: `remove:${noteId}`,
    priority: PRIORITY.remove,
    keep: true,
    call: () => deletion(chat, noteId),
  });
}
