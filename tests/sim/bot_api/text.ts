import type { MessageEntity } from "grammy/types";
import { checkEntities } from "./entities.ts";
import { badRequest } from "./errors.ts";

export const MAX_TEXT = 4096;
export const MAX_CAPTION = 1024;

/** Text with its entities as Telegram keeps it. */
export interface Formatted {
  text: string;
  entities: MessageEntity[];
}

/**
 * What Telegram makes of a text and its entities: control characters become spaces, both ends are
 * trimmed (the front only up to the first entity). Throws a 400 for entities that it refuses.
 */
export function formatted(text: string, givenEntities: unknown): Formatted {
  const entities = checkEntities(text, givenEntities);
  const clean = cleaned(text);
  const moved = move(entities, (index) => clean.place(index));
  return trimmed(clean.text, moved);
}

/** The text of a message; throws a 400 when nothing is left of it or it is too long. */
export function messageText(text: string | undefined, entities: unknown): Formatted {
  const result = formatted(text ?? "", entities);
  if (result.text === "") throw badRequest("message text is empty");
  if (codePoints(result.text) > MAX_TEXT) throw badRequest("message is too long");
  return result;
}

/** A caption, which may be empty; throws a 400 when it is too long. */
export function captionText(text: string | undefined, entities: unknown): Formatted {
  const result = formatted(text ?? "", entities);
  if (codePoints(result.text) > MAX_CAPTION) throw badRequest("message caption is too long");
  return result;
}

/** Telegram's limits of length count code points, while its entities count UTF-16 units. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function cleaned(text: string): { text: string; place(index: number): number } {
  const spaced = text.replace(/[^\n\r\P{Cc}]/gu, (char) => char < " " ? " " : char);
  if (!spaced.includes("\r")) return { text: spaced, place: (index) => index };
  return {
    text: spaced.replaceAll("\r", ""),
    place: (index) => spaced.slice(0, index).replaceAll("\r", "").length,
  };
}

function trimmed(text: string, entities: MessageEntity[]): Formatted {
  const end = text.trimEnd().length;
  const front = text.length - text.trimStart().length;
  const start = Math.min(front, end, entities[0]?.offset ?? front);
  const place = (index: number) => Math.max(0, Math.min(index, end) - start);
  return {
    text: text.slice(start, end),
    entities: move(entities, place),
  };
}

function move(entities: MessageEntity[], place: (index: number) => number): MessageEntity[] {
  return entities.map((entity) => {
    const offset = place(entity.offset);
    return { ...entity, offset, length: place(entity.offset + entity.length) - offset };
  }).filter((entity) => entity.length > 0);
}

const COMMAND = /(?<![\w/<>])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>@])/g;
const LINK = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;

/** The entities that Telegram finds in what a person types: commands and links. */
export function foundEntities(text: string): MessageEntity[] {
  const found = (type: "bot_command" | "url", pattern: RegExp): MessageEntity[] =>
    [...text.matchAll(pattern)].map((m) => ({ type, offset: m.index, length: m[0].length }));
  return [...found("bot_command", COMMAND), ...found("url", LINK)]
    .sort((a, b) => a.offset - b.offset);
}
