import { withoutAnsi } from "../../../text.ts";
import { escapeText } from "../escape.ts";

/**
 * Readies a Markdown source for the parser, character for character, so that nothing moves:
 * what only looks like Markdown (identifiers, products, globs, formulas) is put out of the parser's
 * sight and brought back by {@linkcode revealed} when text is drawn.
 */

/** Characters with a meaning in Markdown, and the noncharacters of Unicode that stand in for them. */
const MARKS = "\\_*<&[]~+-=#>.)`|";
const FIRST = 0xfdd0;
const HIDDEN = new RegExp(
  `[${String.fromCharCode(FIRST)}-${String.fromCharCode(FIRST + MARKS.length - 1)}]`,
  "g",
);
const MARK = /[\\_*<&[\]~+\-=#>.)`|]/g;

/** Letters and digits of scripts that put spaces between words: there, `a*b` is no emphasis. */
const LETTER = "A-Za-z0-9\\u00c0-\\u024f\\u0370-\\u052f";

/**
 * The text with `\n` as the only line break, without what a terminal would obey, and with what deceives
 * or Telegram cannot take spelled out.
 */
export function cleaned(source: string): string {
  return escapeText(withoutAnsi(source).replace(/\r\n?|[\u2028\u2029]/g, "\n"));
}

/** The text with every Markdown character out of the parser's sight. */
export function hidden(text: string): string {
  return text.replace(MARK, (mark) => String.fromCharCode(FIRST + MARKS.indexOf(mark)));
}

/** The text with the hidden characters back in their places. */
export function revealed(text: string): string {
  return text.replace(HIDDEN, (stand) => MARKS.charAt(stand.charCodeAt(0) - FIRST));
}

/** Hides what people write in prose without meaning Markdown. In code it changes nothing. */
export function literalsHidden(source: string): string {
  let text = source;
  for (const hide of LITERALS) text = hide(text);
  return text;
}

const hiding = (pattern: RegExp, when: (match: string) => boolean = () => true) => (text: string) =>
  text.replace(pattern, (match) => when(match) ? hidden(match) : match);

const LITERALS = [
  // `$…$`: not money, which has a space before the second sign, nor `$A:$B` of a shell.
  hiding(/(?<![\\$\w])\$(?![\s$])[^$\n`]{1,300}(?<![\s\\])\$(?![\w$])/g, isFormula),
  hiding(/\$\$(?:(?!\n[ \t]*\n)[^$`]){1,2000}\$\$/g, isFormula),
  hiding(
    /\\\((?:[^`\n\\]|\\[^()`\n]){1,300}\\\)/g,
    (match) => match.length < 8 || isFormula(match),
  ),
  hiding(/\\\[(?:(?!\n[ \t]*\n)(?:[^`\\]|\\[^[\]`])){1,2000}\\\]/g, isFormula),
  // 2*3*4, x**2, a__b
  hiding(new RegExp(`(?<=[${LETTER}_])\\*+(?=[${LETTER}_])`, "g")),
  // (a+b)*(c+d)
  hiding(new RegExp(`(?<=[${LETTER})])(?<!\\*)\\*(?=[${LETTER}(])`, "g")),
  // src/**/*.ts, *.py, the end of a comment
  hiding(/(?<=[/\\.])\*+(?=[/\\.])|(?<=^|[\s(,])\*\*(?=\/\*)/gm),
  hiding(/(?<=^|[\s(,])\*(?=\.[a-z])|\*\/(?=\s|$)/gm),
  // The names in an address, up to the punctuation behind it.
  (text: string) =>
    text.replace(
      /(?:\bhttps?:\/\/|\bwww\.)[^\s<>`]*[^\s<>`?!.,:;*_~'")\]]/gi,
      (address) => address.replace(/[*_~]/g, hidden),
    ),
  // __init__, _private_name_; but __Note__ is a word in bold.
  hiding(/(?<![\w\\*])__[A-Za-z0-9]\w*__(?!\w)/g, (match) => !/^__[A-Z][a-z]+__$/.test(match)),
  hiding(/(?<![\w\\*])_[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+_(?!\w)/g),
];

function isFormula(match: string): boolean {
  const inner = match.slice(1, -1);
  return /[\\_^*=<>+]/.test(inner) && !inner.includes("**") && !inner.includes("](");
}
