import type { MessageEntity } from "grammy/types";

/** Text as Telegram takes it: plain, with what is bold, code or a link beside it (offsets in UTF-16). */
export interface FormattedText {
  text: string;
  entities: MessageEntity[];
}

/** Part of a text: a string, or a string with a style. */
export type Part = string | FormattedText;

/** The parts one after the other, their entities moved to where they now stand. */
export function concat(...parts: Part[]): FormattedText {
  let text = "";
  const entities: MessageEntity[] = [];
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    for (const entity of part.entities) {
      entities.push({ ...entity, offset: entity.offset + text.length });
    }
    text += part.text;
  }
  return { text, entities };
}

/** The parts as lines of one text. */
export function lines(...parts: Part[]): FormattedText {
  return concat(...parts.flatMap((part, index) => (index === 0 ? [part] : ["\n", part])));
}

const styled = (type: "bold" | "italic" | "code") => (text: string): FormattedText => ({
  text,
  entities: text === "" ? [] : [{ type, offset: 0, length: text.length }],
});

export const bold = styled("bold");
export const italic = styled("italic");
export const code = styled("code");

/** A block of code, shown with a button that copies it. */
export function pre(text: string, language?: string): FormattedText {
  if (text === "") return { text, entities: [] };
  const place = { type: "pre" as const, offset: 0, length: text.length };
  return { text, entities: [language ? { ...place, language } : place] };
}

/** The whole text in a quote that opens with a tap. */
export function expandable(inner: FormattedText): FormattedText {
  if (inner.text === "") return inner;
  const quote = { type: "expandable_blockquote" as const, offset: 0, length: inner.text.length };
  return { text: inner.text, entities: [quote, ...inner.entities] };
}
