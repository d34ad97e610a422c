import type { MessageEntity } from "grammy/types";
import type { FormattedText } from "../../../lib/telegram/text/formatted.ts";

/** Telegram's rules, written down a second time: what is wrong with a message, each as a sentence. */
export function faults({ text, entities }: FormattedText, limit = 4096): string[] {
  const found: string[] = [];
  const say = (wrong: boolean, what: string) => wrong && found.push(what);
  say(text.length > limit, `${text.length} units`);
  say(text.trim() === "", "nothing to see");
  say(text !== text.toWellFormed(), "a torn surrogate pair");
  // deno-lint-ignore no-control-regex -- what must not be there
  say(/[\0-\x09\x0b-\x1f\x7f]/.test(text), "a control character");
  say(entities.length > 100, `${entities.length} entities`);
  const size = entities.map((entity) => JSON.stringify(entity)).join("").length;
  say(size > 9_500, `entities of ${size} bytes`);
  for (const entity of entities) {
    const first = entities.some((each) => each.type === "pre" && each.offset === entity.offset);
    for (const fault of ofEntity(text, entity, first)) {
      say(true, `${JSON.stringify(entity)}: ${fault}`);
    }
  }
  for (const [index, inner] of entities.entries()) {
    for (const outer of entities.slice(0, index)) {
      const fault = ofPair(outer, inner);
      say(fault !== null, `${JSON.stringify(outer)} and ${JSON.stringify(inner)}: ${fault}`);
    }
  }
  return found;
}

function* ofEntity(text: string, entity: MessageEntity, indents: boolean): Generator<string> {
  const end = entity.offset + entity.length;
  if (!Number.isInteger(entity.offset) || entity.offset < 0) yield "begins before the text";
  if (entity.length < 1 || end > text.length) yield "has no place in the text";
  const covered = text.slice(entity.offset, end);
  if (covered !== covered.toWellFormed()) yield "tears a pair";
  if (covered.trim() === "") yield "covers nothing";
  if (covered !== covered.trimEnd()) yield "ends in whitespace";
  if (!indents && covered !== covered.trimStart()) yield "begins with whitespace";
  if (entity.type === "text_link" && !/^https?:\/\/[^\s/]+\.[^\s]+$/i.test(entity.url)) {
    yield "has an address that Telegram refuses";
  }
  if (entity.type === "pre" && /[^\w+#.-]|.{33}/.test(entity.language ?? "")) {
    yield "has a strange language";
  }
}

const QUOTES = ["blockquote", "expandable_blockquote"];
const SOLE = ["code", "pre", "text_link"];

function ofPair(outer: MessageEntity, inner: MessageEntity): string | null {
  if (outer.offset > inner.offset) return "out of order";
  if (inner.offset >= outer.offset + outer.length) return null;
  if (inner.offset + inner.length > outer.offset + outer.length) return "overlap";
  if (QUOTES.includes(outer.type) && QUOTES.includes(inner.type)) return "a quote within a quote";
  if (QUOTES.includes(outer.type)) return null;
  if (outer.type === "code" || outer.type === "pre") return "a style in code";
  if (inner.type === "code" || inner.type === "pre") return "code in a style";
  return SOLE.includes(outer.type) && SOLE.includes(inner.type) ? "cannot be together" : null;
}
