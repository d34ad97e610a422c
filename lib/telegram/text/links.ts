import type { MessageEntity } from "grammy/types";
import { type FormattedText, spliced } from "./formatted.ts";

/** The longest address that becomes a link: all entities of a message share about 9,500 bytes. */
const LONGEST = 2000;

const LABEL = /^(?!-)[\p{L}\p{N}_-]{1,63}(?<!-)$/u;

/**
 * The address as Telegram takes it for a link, or null: one address that it does not like (no
 * dotted host, another scheme, a space) makes it refuse the whole message.
 */
export function linkAddress(url: string): string | null {
  const address = url.trim().replace(/ /g, "%20");
  if (address.length > LONGEST || /[\s\\<>"`{}|^]/.test(address)) return null;
  const parts = /^https?:\/\/([^/?#@]+)(?:[/?#]|$)/i.exec(address);
  if (!parts || !URL.canParse(address)) return null;
  return isHost(parts[1] ?? "") ? address : null;
}

function isHost(authority: string): boolean {
  const [host = "", port, ...rest] = authority.split(":");
  if (rest.length > 0 || (port !== undefined && !/^[1-9]\d{0,4}$/.test(port))) return false;
  const labels = host.split(".");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  const last = labels.at(-1) ?? "";
  if (/^\d+$/.test(last)) return isIpV4(labels);
  return /^(?:\p{L}{2,}|xn--[a-z0-9-]+)$/iu.test(last);
}

function isIpV4(labels: string[]): boolean {
  return labels.length === 4 && labels.every((label) => /^\d{1,3}$/.test(label) && +label < 256);
}

/** A label that already says its address: a link under it would add nothing. */
export function sameAddress(label: string, url: string): boolean {
  const bare = (text: string) =>
    text.trim().replace(/^(?:https?:\/\/|mailto:|tel:)/i, "").replace(/\/$/, "");
  return bare(label) === bare(url);
}

/**
 * A text with the address of each link behind its words, as `shown` writes it: Claude reads it, and so
 * should a person. Offsets are UTF-16, as Telegram counts (Bot API 10.5, MessageEntity); links that do
 * not fit the text are passed over, and those whose words are the address already.
 */
export function withAddresses(
  { text, entities }: FormattedText,
  shown = (url: string) => ` (${url})`,
): FormattedText {
  const splices = entities
    .flatMap((entity) => {
      if (entity.type !== "text_link" || typeof entity.url !== "string") return [];
      const end = entity.offset + entity.length;
      const hides = !sameAddress(text.slice(entity.offset, end), entity.url);
      return hides && end <= text.length ? [{ start: end, end, words: shown(entity.url) }] : [];
    })
    .sort((a, b) => a.start - b.start);
  return spliced({ text, entities }, splices);
}

/** The text of a message as Claude reads it: the addresses stand in angle brackets behind their words. */
export const asClaudeReads = (text: string, entities: MessageEntity[] = []): string =>
  withAddresses({ text, entities }, (url) => ` <${url}>`).text;
