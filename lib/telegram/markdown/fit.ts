import type { MessageEntity } from "grammy/types";

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
