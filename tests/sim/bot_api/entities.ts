import type { MessageEntity } from "grammy/types";
import { badRequest } from "./errors.ts";
import { linkProblem } from "./links.ts";
import { isObject } from "./params.ts";

/** Telegram keeps so many entities and silently ignores the rest. */
export const MAX_ENTITIES = 100;
/** About the serialized size from which Telegram answers `ENTITIES_TOO_LONG`. */
const MAX_SERIALIZED = 9_500;

const STYLES = new Set([
  "bold",
  "italic",
  "underline",
  "strikethrough",
  "spoiler",
  "blockquote",
  "expandable_blockquote",
  "code",
  "pre",
  "text_link",
  "text_mention",
  "custom_emoji",
  "date_time",
]);
/** What Telegram finds by itself: allowed in a call, and without effect. */
const FOUND_BY_TELEGRAM = new Set([
  "mention",
  "hashtag",
  "cashtag",
  "bot_command",
  "url",
  "email",
  "phone_number",
]);

/**
 * The entities of a call for `text`, in order, without those that Telegram drops.
 * Throws the 400 that Telegram would answer: a wrong shape, a range outside of the text or through
 * a surrogate pair, a link that it does not take, too much of them. A quote in a quote, which
 * Telegram flattens without a word, is refused here: what was meant would be lost.
 */
export function checkEntities(text: string, given: unknown): MessageEntity[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw badRequest("can't parse entities: an array was expected");
  const entities = given.slice(0, MAX_ENTITIES).map((entity) => checkEntity(text, entity))
    .filter((entity) => entity.length > 0 && STYLES.has(entity.type))
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  refuseNestedQuotes(entities);
  if (entities.reduce((sum, entity) => sum + serializedSize(entity), 0) > MAX_SERIALIZED) {
    throw badRequest("ENTITIES_TOO_LONG");
  }
  return entities.filter((entity) => !isInsideCode(entity, entities));
}

function checkEntity(text: string, value: unknown): MessageEntity {
  if (!isObject(value)) throw badRequest("can't parse entities: an entity must be an object");
  const { type, offset, length } = value;
  if (typeof type !== "string" || !(STYLES.has(type) || FOUND_BY_TELEGRAM.has(type))) {
    throw badRequest(`can't parse entities: unsupported type ${JSON.stringify(type)}`);
  }
  if (!Number.isInteger(offset) || Number(offset) < 0) {
    throw badRequest(`receive an entity with incorrect offset ${JSON.stringify(offset)}`);
  }
  if (!Number.isInteger(length) || Number(length) < 0) {
    throw badRequest(`receive an entity with incorrect length ${JSON.stringify(length)}`);
  }
  if (length === 0) return { type: "bold", offset: 0, length: 0 }; // It is dropped, wherever it is.
  checkRange(text, Number(offset), Number(length));
  checkExtras(type, value);
  return value as unknown as MessageEntity; // Its shape was checked just above.
}

function checkRange(text: string, offset: number, length: number): void {
  if (offset > text.length) {
    throw badRequest(`entity begins after the end of the text at UTF-16 offset ${offset}`);
  }
  if (offset + length > text.length) {
    throw badRequest(
      `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 ` +
        `offset ${offset + length}`,
    );
  }
  if (isInsidePair(text, offset)) {
    throw badRequest(
      `entity begins in a middle of a UTF-16 symbol at byte offset ${bytesTo(text, offset)}`,
    );
  }
  if (isInsidePair(text, offset + length)) {
    throw badRequest(
      `entity beginning at UTF-16 offset ${offset} ends in a middle of a UTF-16 symbol at byte ` +
        `offset ${bytesTo(text, offset + length)}`,
    );
  }
}

function isInsidePair(text: string, index: number): boolean {
  return index > 0 && /[\uD800-\uDBFF]/.test(text.charAt(index - 1)) &&
    /[\uDC00-\uDFFF]/.test(text.charAt(index));
}

/** The bytes up to the end of the symbol that `index` is inside of. */
function bytesTo(text: string, index: number): number {
  return new TextEncoder().encode(text.slice(0, index + 1)).length;
}

/** What an entity of a type must carry beside its place. */
function checkExtras(type: string, entity: Record<string, unknown>): void {
  if (type === "text_link") {
    const problem = typeof entity.url === "string" ? linkProblem(entity.url) : "URL is missing";
    if (problem) throw badRequest(`entity URL '${String(entity.url)}' is invalid: ${problem}`);
  } else if (type === "pre" && !isLanguage(entity.language)) {
    throw badRequest("can't parse entities: language of a pre entity must be a short string");
  } else if (type === "code" && entity.language !== undefined) {
    throw badRequest("can't parse entities: a code entity has no language");
  } else if (type === "text_mention" && !(isObject(entity.user) && entity.user.id)) {
    throw badRequest("can't parse entities: text_mention needs a user");
  } else if (type === "custom_emoji" && typeof entity.custom_emoji_id !== "string") {
    throw badRequest("can't parse entities: custom_emoji needs custom_emoji_id");
  } else if (type === "date_time" && !Number.isInteger(entity.unix_time)) {
    throw badRequest("can't parse entities: date_time needs unix_time");
  }
}

function isLanguage(language: unknown): boolean {
  return language === undefined ||
    (typeof language === "string" && language.length <= 64 && !/[\n\r]/.test(language));
}

function refuseNestedQuotes(entities: MessageEntity[]): void {
  let end = 0;
  for (const entity of entities) {
    if (!isQuote(entity)) continue;
    if (entity.offset < end) throw badRequest("can't parse entities: nested blockquote");
    end = entity.offset + entity.length;
  }
}

function isQuote(entity: MessageEntity): boolean {
  return entity.type === "blockquote" || entity.type === "expandable_blockquote";
}

function serializedSize(entity: MessageEntity): number {
  const extra = entity.type === "text_link"
    ? entity.url
    : entity.type === "pre"
    ? entity.language ?? ""
    : "";
  return 12 + (extra === "" ? 0 : 4 + new TextEncoder().encode(extra).length);
}

/** Styles inside of code are dropped by Telegram. */
function isInsideCode(entity: MessageEntity, all: MessageEntity[]): boolean {
  return all.some((other) =>
    other !== entity && (other.type === "code" || other.type === "pre") && !isQuote(entity) &&
    other.offset <= entity.offset && entity.offset + entity.length <= other.offset + other.length &&
    !(other.offset === entity.offset && other.length === entity.length &&
      all.indexOf(entity) < all.indexOf(other))
  );
}
