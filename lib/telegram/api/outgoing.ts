import type { MessageEntity } from "grammy/types";
import { escapeDeceiving, escapeText } from "../text/escape.ts";

type Payload = Readonly<Record<string, unknown>>;

/** What no person reads: it has to reach Telegram as it is. */
const UNSEEN = new Set(["callback_data", "png", "url", "copy_text"]);
/** Texts with entities, and where those are. */
const ENTITIES: Readonly<Record<string, string>> = {
  text: "entities",
  caption: "caption_entities",
};

/**
 * The payload of a call as it may be seen. Every call goes through here, so nothing that others
 * wrote (a command, a file, a monitor's name) can deceive, wherever it is shown: in a message and
 * its buttons, a toast, a document and its name, a caption, a list of commands.
 */
export function outgoing(payload: Payload): Payload {
  const entries = Object.entries(payload).map(([key, value]) => [key, escapedValue(key, value)]);
  const escaped: Record<string, unknown> = Object.fromEntries(entries);
  for (const [key, beside] of Object.entries(ENTITIES)) {
    const text = payload[key];
    if (typeof text !== "string" || !Array.isArray(payload[beside])) continue;
    const entities = payload[beside] as MessageEntity[];
    const formatted = escapeDeceiving({ text, entities });
    escaped[key] = formatted.text;
    escaped[beside] = formatted.entities.map(withPlainLanguage);
  }
  return escaped;
}

function withPlainLanguage(entity: MessageEntity): MessageEntity {
  return entity.type === "pre" && entity.language !== undefined
    ? { ...entity, language: escapeText(entity.language) }
    : entity;
}

function escapedValue(key: string, value: unknown): unknown {
  if (UNSEEN.has(key)) return value;
  if (typeof value === "string") return escapeText(value);
  if (Array.isArray(value)) return value.map((each) => escapedValue("", each));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([inner, each]) => [inner, escapedValue(inner, each)]),
  );
}
