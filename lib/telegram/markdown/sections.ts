/** A piece of a Markdown source that can be parsed by itself. */
export interface Section {
  readonly text: string;
  /** The number of lines before it. */
  readonly line: number;
}

/** About the length of a section: the parser's time grows with the square of it. */
const ENOUGH = 6_000;
/** From here on a quote is cut too, between its paragraphs. */
const MUCH = 4 * ENOUGH;
/** Lines that go on with a quote or a list item without its marker or indentation. */
const MOST_LAZY = 300;

const FENCE = /^(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*?(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const BULLET = /^[-*+][ \t]+\S/;
const NUMBER = /^\d{1,9}[.)][ \t]+\S/;

/** Where the scan stands: what the last line at the margin began, and the open fence. */
interface Place {
  container: "none" | "bullets" | "numbers" | "quote" | "note";
  fence: { readonly mark: string; readonly inner: boolean } | null;
  blank: boolean;
  lazy: number;
}

/**
 * Cuts a source where a block begins at the margin: after a blank line or at an item of a list,
 * never within a fence. So each section means by itself what it means in the whole, but for labels.
 */
export function sections(source: string): Section[] {
  if (source.length <= ENOUGH) return [{ text: source, line: 0 }];
  const lines = source.split("\n");
  const found: Section[] = [];
  const place: Place = { container: "none", fence: null, blank: true, lazy: 0 };
  let from = 0;
  let size = 0;
  for (const [at, line] of lines.entries()) {
    leaveInnerFence(place, line);
    if (at > from && isCut(place, line, size)) {
      found.push({ text: lines.slice(from, at).join("\n"), line: from });
      from = at;
      size = 0;
    }
    size += line.length + 1;
    advance(place, line);
  }
  found.push({ text: lines.slice(from).join("\n"), line: from });
  return found;
}

const isMargin = (line: string): boolean => /^\S/.test(line);

/** A fence within a list item or a quote ends with it. */
function leaveInnerFence(place: Place, line: string): void {
  if (!place.fence?.inner || !isMargin(line)) return;
  if (place.container !== "quote" || !line.startsWith(">")) place.fence = null;
}

function isCut(place: Place, line: string, size: number): boolean {
  if (place.fence || !isMargin(line)) return false;
  if (place.lazy > MOST_LAZY) return true;
  if (size < ENOUGH) return false;
  if (place.container === "quote" && line.startsWith(">")) return size > MUCH && place.blank;
  if (place.blank) return true;
  return (place.container === "bullets" && BULLET.test(line)) ||
    (place.container === "numbers" && NUMBER.test(line));
}

function advance(place: Place, line: string): void {
  const fence = FENCE.exec(line);
  if (place.fence) {
    const closes = fence?.[1]?.startsWith(place.fence.mark) && fence[2]?.trim() === "";
    if (closes) place.fence = null;
    place.blank = false;
    return;
  }
  const marker = containerOf(line);
  if (isMargin(line)) {
    place.lazy = marker === "none" && !place.blank && place.container !== "none"
      ? place.lazy + 1
      : 0;
    if (marker !== "none" || place.blank || fence) place.container = marker;
  }
  place.blank = /^[>\s]*$/.test(line);
  if (fence?.[1]) {
    const inner = place.container !== "none" && !/^[`~]/.test(line);
    place.fence = { mark: fence[1], inner };
  }
}

function containerOf(line: string): Place["container"] {
  if (line.startsWith(">")) return "quote";
  if (/^[-*+](?:[ \t]|$)/.test(line)) return "bullets";
  if (/^\d{1,9}[.)](?:[ \t]|$)/.test(line)) return "numbers";
  return /^\[\^/.test(line) ? "note" : "none";
}
