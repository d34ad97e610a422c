import type { Message, User } from "grammy/types";
import { cut } from "../../text.ts";
import { asClaudeReads } from "../text/links.ts";

/** How much of what somebody replies to goes along, in characters. */
const QUOTE_LIMIT = 1_000;

/**
 * What a message replies to as a Markdown quote with who said it, to stand before its text; empty
 * when it is no reply. Of a marked passage, that alone is quoted.
 */
export function quoteOf(message: Message): string {
  const reply = message.reply_to_message;
  const text = message.quote !== undefined
    ? asClaudeReads(message.quote.text, message.quote.entities)
    : reply?.text !== undefined
    ? asClaudeReads(reply.text, reply.entities)
    : asClaudeReads(reply?.caption ?? "", reply?.caption_entities);
  if (text.trim() === "" || isTopicRoot(message)) return "";
  const who = speaker(message, reply?.from);
  const lines = [`${who} wrote:`, ...cut(text.trim(), QUOTE_LIMIT).split("\n")];
  return lines.map((line) => `> ${line}`.trimEnd()).join("\n") + "\n\n";
}

/**
 * In a topic, Telegram makes every message a reply to the one that opened it. Elsewhere in a group
 * the thread's number is that of a message which somebody really replied to.
 */
function isTopicRoot(message: Message): boolean {
  const { reply_to_message: reply, quote, is_topic_message: inTopic } = message;
  if (reply === undefined || quote !== undefined) return false;
  if (reply.forum_topic_created !== undefined) return true;
  return inTopic === true && reply.message_id === message.message_thread_id;
}

function speaker({ from }: Message, said: User | undefined): string {
  if (said === undefined) return "Somebody";
  if (said.is_bot) return "You"; // The bot speaks for Claude, to whom this goes.
  return said.id === from?.id ? "I" : said.first_name;
}
