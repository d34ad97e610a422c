import { escapeText } from "../escape.ts";
import type { FormattedText } from "../formatted.ts";

/** A text with the address of each link behind its words: Claude reads it, and so should a person. */
export function withAddresses({ text, entities }: FormattedText): FormattedText {
  const links = entities.filter((entity) => entity.type === "text_link")
    .map((entity) => ({ at: entity.offset + entity.length, words: ` (${entity.url})`, grown: 0 }))
    .sort((a, b) => a.at - b.at);
  let done = 0;
  let spelled = "";
  for (const link of links) {
    spelled += text.slice(done, link.at) + link.words;
    done = link.at;
    link.grown = spelled.length - done;
  }
  /** Where a position is now; words at it are before what begins there, and after what ends there. */
  const moved = (position: number, begins: boolean) => {
    let [low, high] = [0, links.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { at } = links[middle]!;
      if (at < position || (begins && at === position)) low = middle + 1;
      else high = middle;
    }
    return position + (links[low - 1]?.grown ?? 0);
  };
  return {
    text: spelled + text.slice(done),
    entities: entities.map((entity) => {
      const offset = moved(entity.offset, true);
      return { ...entity, offset, length: moved(entity.offset + entity.length, false) - offset };
    }),
  };
}

/**
 * Whether a rendered Markdown text says every letter of its source, in the same order. What it does not
 * say may be a link's title, a picture, what a label refers to, a number, the rest of a fence's head.
 */
export function saysAll(source: string, { text, entities }: FormattedText): boolean {
  let said = "";
  let done = 0;
  for (const entity of entities.toSorted((a, b) => a.offset - b.offset)) {
    if (entity.type !== "pre" || entity.language === undefined) continue;
    said += text.slice(done, entity.offset) + entity.language;
    done = entity.offset;
  }
  return letters(escapeText(source)) === letters(said + text.slice(done));
}

const letters = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, "");
