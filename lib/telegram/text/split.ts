import type { MessageEntity } from "grammy/types";
import { escapeDeceiving } from "./escape.ts";
import { fitted, type FormattedText } from "./formatted.ts";
import { cutPoint } from "./cut_point.ts";

/** Telegram ignores what is beyond this. */
const MOST_ENTITIES = 100;
/** All entities of a message share about 9,500 bytes, else Telegram refuses the message. */
const MOST_BYTES = 7_500;
const VISIBLE = /[^\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f]/;

/** Tells a text from whitespace and characters without a width. */
export const isVisible = (text: string): boolean => VISIBLE.test(text);

/**
 * The text as messages that Telegram accepts: each at most `limit` UTF-16 units and 100 entities,
 * visible, cut at the end of a paragraph, a line, a word, or between two graphemes, in this order.
 * An entity that must be cut (a long block of code) goes on in the next message. Between two
 * messages only whitespace is dropped; the lines of a block of code keep their indentation.
 */
export function splitText(source: FormattedText, limit = 4096): FormattedText[] {
  if (!isVisible(source.text)) return [];
  const text = escapeDeceiving(source); // Here, since it makes the text longer.
  const most = Math.max(2, Math.floor(limit));
  const waiting = text.entities
    .filter((entity) => entity.length > 0 && bytes(entity) <= MOST_BYTES)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  const chunks: FormattedText[] = [];
  let alive: MessageEntity[] = [];
  let next = 0;
  let start = 0;
  while (true) {
    start = skipped(text.text, start, waiting, next, alive);
    if (start >= text.text.length) return chunks;
    alive = alive.filter((entity) => end(entity) > start);
    for (let entity = waiting[next]; entity && entity.offset < start + most;) {
      if (end(entity) > start) alive.push(entity);
      entity = waiting[++next];
    }
    const stop = Math.min(start + most, affordable(alive, start));
    const cut = stop >= text.text.length
      ? text.text.length
      : cutPoint(text.text, alive, start, stop, most);
    const chunk = sliced(text.text, alive, start, cut);
    if (isVisible(chunk.text)) chunks.push(chunk);
    start = cut;
  }
}

const end = (entity: MessageEntity): number => entity.offset + entity.length;

/** About what an entity takes when it is sent, in bytes. */
function bytes(entity: MessageEntity): number {
  const detail = entity.type === "text_link"
    ? entity.url
    : entity.type === "pre"
    ? entity.language ?? ""
    : "";
  return 56 + new TextEncoder().encode(detail).length;
}

/** The offset of the first entity that one message cannot take any more. */
function affordable(alive: MessageEntity[], start: number): number {
  let sum = 0;
  for (const [index, entity] of alive.entries()) {
    sum += bytes(entity);
    // Those that begin at the start itself cannot be left to the next message.
    if ((index >= MOST_ENTITIES || sum > MOST_BYTES) && entity.offset > start) return entity.offset;
  }
  return Infinity;
}

/** The position after the whitespace at a cut; in a block of code only its blank lines go. */
function skipped(
  text: string,
  from: number,
  waiting: MessageEntity[],
  next: number,
  alive: MessageEntity[],
): number {
  if (alive.some((entity) => isPre(entity) && entity.offset < from && end(entity) > from)) {
    return afterMatch(/(?:[^\S\n]*\n)*/y, text, from);
  }
  const to = afterMatch(/\s*/y, text, from);
  // A block of code may begin with its indentation.
  const ahead = [...alive, ...waiting.slice(next, next + MOST_ENTITIES)];
  const pre = ahead.find((entity) => {
    return isPre(entity) && entity.offset >= from && entity.offset < to;
  });
  return pre ? afterMatch(/(?:[^\S\n]*\n)*/y, text, pre.offset) : to;
}

function afterMatch(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  pattern.test(text);
  return Math.max(from, pattern.lastIndex);
}

const isPre = (entity: MessageEntity): boolean => entity.type === "pre";

/** The text from `start` to `cut` without the whitespace at its end, and its share of the entities. */
function sliced(
  text: string,
  alive: MessageEntity[],
  start: number,
  cut: number,
): FormattedText {
  const chunk = text.slice(start, cut).trimEnd();
  const parts = alive
    .filter((entity) => entity.offset - start < chunk.length)
    .map((entity) => {
      const offset = Math.max(0, entity.offset - start);
      return { ...entity, offset, length: Math.min(chunk.length, end(entity) - start) - offset };
    });
  let sum = 0;
  const entities = fitted(chunk, parts).slice(0, MOST_ENTITIES).filter((entity) => {
    sum += bytes(entity);
    return sum <= MOST_BYTES;
  });
  return { text: chunk, entities };
}
