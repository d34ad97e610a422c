import type { MessageEntity } from "grammy/types";

/**
 * A text with the addresses behind its words, each in angle brackets behind the words that carry it:
 * of `this page` with a link Claude would otherwise see the words alone. Offsets are UTF-16, as
 * Telegram counts (Bot API 10.5, MessageEntity); those that do not fit the text are passed over.
 */
export function withAddresses(
  text: string,
  entities: readonly MessageEntity[] | undefined,
): string {
  const links = (entities ?? [])
    .flatMap((entity) =>
      entity.type === "text_link" && typeof entity.url === "string"
        ? [{ end: entity.offset + entity.length, words: wordsOf(text, entity), url: entity.url }]
        : []
    )
    .filter(({ end, words, url }) => end <= text.length && !saysIt(words, url))
    .sort((a, b) => a.end - b.end);
  let done = 0;
  const parts = links.map(({ end, url }) => {
    const part = `${text.slice(done, end)} <${url}>`;
    done = end;
    return part;
  });
  return parts.join("") + text.slice(done);
}

const wordsOf = (text: string, { offset, length }: MessageEntity) =>
  text.slice(offset, offset + length);

/** Whether the words are the address already, give or take what a client adds to it. */
const saysIt = (words: string, url: string) => bare(words) === bare(url);
const bare = (address: string) => address.trim().replace(/^https?:\/\//, "").replace(/\/$/, "");
