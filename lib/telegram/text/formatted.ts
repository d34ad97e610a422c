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

/** Words in the place of a piece of a text; where that is empty, they are put in. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly words: string;
}

/**
 * The text after splices, which come in order and do not overlap; its entities stay on what they were
 * on. What is put in is outside of the entities that end or begin there.
 */
export function spliced(
  { text, entities }: FormattedText,
  splices: readonly Splice[],
): FormattedText {
  let after = "";
  let done = 0;
  const growths = splices.map(({ start, end, words }) => {
    after += text.slice(done, start) + words;
    done = end;
    return after.length - end;
  });
  const moved = (at: number, begins: boolean) => {
    let [low, high] = [0, splices.length];
    while (low < high) { // The number of splices before it.
      const middle = (low + high) >> 1;
      const { start, end } = splices[middle]!;
      if (start < at || (begins && end === at)) low = middle + 1;
      else high = middle;
    }
    return Math.max(at, splices[low - 1]?.end ?? 0) + (growths[low - 1] ?? 0);
  };
  return {
    text: after + text.slice(done),
    entities: entities.map((entity) => {
      const offset = moved(entity.offset, true);
      return { ...entity, offset, length: moved(entity.offset + entity.length, false) - offset };
    }),
  };
}

/**
 * The entities in order and without whitespace at their ends; those with nothing visible are gone.
 * A block of code may begin with its indentation, and so may a quote that begins with the block.
 */
export function fitted(text: string, entities: readonly MessageEntity[]): MessageEntity[] {
  const blocks = new Set(entities.filter((entity) => entity.type === "pre").map((it) => it.offset));
  return entities
    .flatMap((entity) => {
      let from = entity.offset;
      let to = entity.offset + entity.length;
      while (from < to && isSpace(text, from) && !blocks.has(from)) from++;
      while (to > from && isSpace(text, to - 1)) to--;
      return to > from ? { ...entity, offset: from, length: to - from } : [];
    })
    .sort((a, b) => a.offset - b.offset || b.length - a.length || rank(a) - rank(b));
}

/** Of entities at one place, quotes are the outermost and code the innermost. */
function rank({ type }: MessageEntity): number {
  if (type === "blockquote" || type === "expandable_blockquote") return 0;
  return type === "code" || type === "pre" ? 2 : 1;
}

function isSpace(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at));
}
