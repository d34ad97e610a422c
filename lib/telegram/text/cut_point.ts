import type { MessageEntity } from "grammy/types";

/** A place where a text may be cut, between the units `at - 1` and `at`, by what stands there. */
type Kind = (text: string, at: number) => boolean;

const isSpace = (text: string, at: number): boolean => /\s/.test(text.charAt(at));

/** The kinds of places to cut a text at, best first: paragraphs, lines, words. */
const KINDS: readonly Kind[] = [
  (text, at) => text[at - 1] === "\n" && text[at - 2] === "\n" && !isSpace(text, at),
  (text, at) => text[at - 1] === "\n",
  (text, at) => isSpace(text, at - 1) && !isSpace(text, at),
];

/**
 * The best place to cut a text after `start` and not after `stop`, which leaves the message at least
 * about half full. An entity that can be kept whole by that is not cut.
 */
export function cutPoint(
  text: string,
  entities: readonly MessageEntity[],
  start: number,
  stop: number,
  limit: number,
): number {
  const least = start + Math.max(1, (stop - start) >> 1);
  const whole = entities.filter((entity) => canStayWhole(entity, least, stop, limit));
  for (const spared of [whole, []]) {
    for (const kind of KINDS) {
      for (let at = stop; at >= least; at--) {
        if (kind(text, at) && !isInside(spared, at) && graphemeStart(text, at, start) === at) {
          return at;
        }
      }
    }
    let at = graphemeStart(text, stop, start);
    while (at >= least && isInside(spared, at)) at = graphemeStart(text, at - 1, start);
    if (at >= least) return at;
  }
  // One grapheme of thousands of characters: at least no pair is torn.
  return isLow(text, stop) && stop - 1 > start ? stop - 1 : stop;
}

function canStayWhole(entity: MessageEntity, least: number, stop: number, limit: number): boolean {
  if (entity.length > limit) return false;
  return entity.offset >= least || entity.offset + entity.length <= stop;
}

function isInside(entities: readonly MessageEntity[], at: number): boolean {
  return entities.some((entity) => entity.offset < at && at < entity.offset + entity.length);
}

const isLow = (text: string, at: number): boolean => /[\udc00-\udfff]/.test(text.charAt(at));

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** The stretch around a cut in which graphemes are looked at. */
const AROUND = 256;

/** The beginning of the grapheme at `at`; `at` itself if it begins there. */
function graphemeStart(text: string, at: number, start: number): number {
  if (isAscii(text, at - 1) && isAscii(text, at)) {
    return text[at - 1] === "\r" && text[at] === "\n" ? at - 1 : at;
  }
  let from = at - 1;
  while (from > start && at - from < AROUND && !isAscii(text, from)) from--;
  if (isLow(text, from) && from > start) from--;
  const around = text.slice(from, at + AROUND);
  return from + (graphemes.segment(around).containing(at - from)?.index ?? 0);
}

const isAscii = (text: string, at: number): boolean => text.charCodeAt(at) < 0x80;
