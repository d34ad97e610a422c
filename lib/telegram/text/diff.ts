import { structuredPatch } from "diff";

/** Two long texts without much in common would take minutes to compare. */
const LONGEST_MS = 100;
const CONTEXT = 3;

/**
 * The changes from one text to the other, line by line: `-` goes, `+` comes, with three lines
 * around each change and `…` between two of them. Line numbers are left out: of an edit we know the
 * piece, not where in the file it stands.
 */
export function lineDiff(before: string, after: string): string {
  const [old, fresh] = [before, after].map(endLine) as [string, string];
  const options = { context: CONTEXT, timeout: LONGEST_MS };
  const patch = structuredPatch("", "", old, fresh, undefined, undefined, options);
  if (patch === undefined) return [...marked("-", old), ...marked("+", fresh)].join("\n");
  if (patch.hunks.length === 0 && before !== after) {
    return "(Only the end of the last line changes.)";
  }
  return patch.hunks.map(({ lines }) => lines.join("\n")).join("\n…\n");
}

const endLine = (text: string) => text === "" || text.endsWith("\n") ? text : text + "\n";

const marked = (mark: string, text: string) =>
  text === "" ? [] : text.replace(/\n$/, "").split("\n").map((line) => mark + line);
