/** Plain text, as every folder needs it: cut, in one line, without what a terminal obeys. */

/** A text, or the beginning of it with a sign that it goes on, together no longer than `limit`. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** A text in one line: of a phone's width or three, unless it is said otherwise. */
export function oneLine(text: string, limit = 120): string {
  return cut(text.replace(/\s+/g, " ").trim(), limit);
}

/** Levenshtein's distance, with two neighbours swapped counting as one slip. */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const substituted = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const transposed = swapped ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, substituted, transposed));
    }
  }
  return at(a.length, b.length);
}

/** ECMA-48's controls of 8 bits; U+0085 is a line break in other texts and is not obeyed here. */
const C1 = String.raw`\x80-\x84\x86-\x9f`;

/**
 * Sequences that a terminal would obey: a CSI with its parameters (colours, cursor moves), an OSC,
 * DCS, SOS, PM or APC with its text (titles, addresses) if it ends on its line, the shorter escapes,
 * and what is left of any of them. One that the end of the text has cut off goes as well. Each begins with an
 * escape or a C1 control and holds no other one, so that the time grows with the length.
 */
const SEQUENCE = new RegExp(
  [
    String.raw`(?:\x1b\[|\x9b)[0-?]*[ -\/]*(?:[@-~]|$)`,
    String.raw`(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\n${C1}]*(?:\x07|\x1b\\|\x9c)`,
    String.raw`\x1b(?:[ -\/]{1,2}[0-~]|[0-?@-OQ-WYZ\\cno|}~])`,
    String.raw`\x1b|[${C1}]`,
  ].join("|"),
  "g",
);
const ANY = new RegExp(String.raw`[\x1b${C1}]`);

/**
 * The text without the sequences that a program writes for a terminal: an output, an answer or a name
 * is read without them. Not for what a person is to allow, where nothing may be left out.
 */
export function withoutAnsi(text: string): string {
  return ANY.test(text) ? text.replace(SEQUENCE, "") : text;
}

/** A text that Markdown shows as it is, in one line: by its numbers, no sign means anything. */
export const literal = (text: string): string =>
  oneLine(withoutAnsi(text), Infinity)
    .replace(/[!-/:-@[-`{-~]/g, (sign) => `&#${sign.charCodeAt(0)};`);
