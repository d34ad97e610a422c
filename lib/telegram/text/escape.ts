import { type FormattedText, type Splice, spliced } from "./formatted.ts";

/**
 * The characters that can deceive: what has no width, turns the direction of the text, ends a line
 * or moves a cursor where none is seen, or is half a character. Unicode's own classes say which:
 * controls (ANSI escapes begin with one), formats, separators of lines and paragraphs, all that is
 * ignored by default (fillers, variation selectors, tags), noncharacters, lone surrogates. Besides,
 * the blank of Braille, which looks like a space and is none, and the stand-in for an object.
 */
const CLASSES = String
  .raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}`;

/** Line breaks and tabs; and the signs before Arabic and Syriac numbers, formats that one sees. */
const SEEN = String.raw`\n\t\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}`;
const DECEIVING = String.raw`[[${CLASSES}\u2800\ufffc]--[${SEEN}]]`;

/** The flags of England, Scotland and Wales: the only ones that are written with tags. */
const FLAGS = ["gbeng", "gbsct", "gbwls"].map((region) =>
  `\u{1f3f4}${[...region].map((letter) => tag(letter.charCodeAt(0))).join("")}${tag(0x7f)}`
);

function tag(code: number): string {
  return String.fromCodePoint(0xe0000 + code);
}

/** More marks on one letter would cover the lines around it. */
const STACK = String.raw`\p{M}(?<=\p{M}{9})`;
/** A run of one and the same is escaped as one. */
const SUSPECT = new RegExp(String.raw`${FLAGS.join("|")}|(${DECEIVING}|${STACK})\1*`, "gv");
const ANY = new RegExp(`${DECEIVING}|${STACK}`, "v");

/** Scripts whose letters join: there, a joiner or its opposite is seen, and needed. */
const JOINING = new RegExp(
  `^[${
    [
      ...["Arabic", "Syriac", "Nko", "Mandaic", "Mongolian", "Devanagari", "Bengali", "Gurmukhi"],
      ...["Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer"],
      ...["Myanmar", "Tibetan"],
    ].map((script) => String.raw`\p{Script=${script}}`).join("")
  }]$`,
  "v",
);
const PICTURE = /^\p{Extended_Pictographic}$/v;
/** The end of an emoji that a joiner may follow: its picture, the colour of its skin, its selector. */
const PICTURE_END = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/v;
const SELECTABLE = /^(?![0-9#*])\p{Emoji}$/v;

/** Of a longer run the length is said. */
const SPELLED_OUT = 4;

/**
 * The text with every character that can deceive spelled out, as `⟨U+202E⟩`: what others wrote is
 * seen as it is, or seen to be odd. Emoji and every script stay as they are, right-to-left ones with
 * them; joiners and selectors stay where they belong to a letter or an emoji that is seen.
 *
 * Doing it twice changes nothing. The time grows with the length.
 */
export function escapeText(text: string): string {
  return ANY.test(text) ? text.replace(SUSPECT, spelled) : text;
}

/** The same for a text with entities: they stay on what they were on. */
export function escapeDeceiving(text: FormattedText): FormattedText {
  if (!ANY.test(text.text)) return text;
  const splices: Splice[] = [];
  for (const match of text.text.matchAll(SUSPECT)) {
    const [run, character] = match;
    const words = spelled(run, character, match.index, text.text);
    if (words !== run) splices.push({ start: match.index, end: match.index + run.length, words });
  }
  return spliced(text, splices);
}

/** Characters that are a part of what is seen where they stand beside the right neighbours. */
const NEIGHBOURLY = /^[\r\u200c\u200d\ufe0e\ufe0f]$/;

function spelled(
  match: string,
  character: string | undefined,
  at: number,
  whole: string,
): string {
  if (character === undefined) return match; // A flag.
  if (NEIGHBOURLY.test(match) && belongs(match, at, whole)) return match;
  const count = match.length / character.length;
  return count > SPELLED_OUT ? named(character, ` ×${count}`) : named(character).repeat(count);
}

function named(character: string, times = ""): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `⟨U+${code}${times}⟩`;
}

/** Tells those of a line break, an emoji, or a word of a script whose letters join. */
function belongs(match: string, at: number, whole: string): boolean {
  const end = at + 1;
  const next = end < whole.length ? String.fromCodePoint(whole.codePointAt(end)!) : "";
  if (match === "\r") return next === "\n";
  const previous = characterBefore(whole, at);
  if (match === "\ufe0e" || match === "\ufe0f") {
    return SELECTABLE.test(previous) || (/^[0-9#*]$/.test(previous) && next === "\u20e3");
  }
  if (match === "\u200d" && PICTURE_END.test(previous) && PICTURE.test(next)) return true;
  return JOINING.test(previous) && JOINING.test(next);
}

function characterBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  const paired = low >= 0xdc00 && low <= 0xdfff && at > 1;
  return at === 0 ? "" : text.slice(paired ? at - 2 : at - 1, at);
}
