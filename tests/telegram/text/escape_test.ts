import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { grows } from "../../growth.ts";
import { escapeDeceiving, escapeText } from "../../../lib/telegram/text/escape.ts";
import { bold, code, concat, pre } from "../../../lib/telegram/text/formatted.ts";
import { outgoing } from "../../../lib/telegram/api/outgoing.ts";
import { PLACES, seen } from "../places.ts";

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index));

/** Every character that deceives, by what is wrong with it. */
const DECEIVING: Readonly<Record<string, readonly string[]>> = {
  "controls": [...range(0, 8), ...range(0x0b, 0x1f), ...range(0x7f, 0x9f)],
  "direction": [..."\u061c\u200e\u200f", ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)],
  "no width": [..."\u00ad\u034f\u180e\u200b\u200c\u200d\ufeff", ...range(0x2060, 0x2065)],
  "deprecated formats": range(0x206a, 0x206f),
  "fillers": [..."\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc"],
  "selectors": [...range(0xfe00, 0xfe0f), ...range(0x180b, 0x180f), ...range(0xe0100, 0xe01ef)],
  "tags": range(0xe0000, 0xe007f),
  "annotations": range(0xfff9, 0xfffb),
  "separators": [..."\u2028\u2029\u0085"],
  "halves": ["\ud800", "\udbff", "\udc00", "\udfff"],
  "noncharacters": [...range(0xfdd0, 0xfdef), "\ufffe", "\uffff", "\u{1ffff}", "\u{10ffff}"],
  "notes and hieroglyphs": [...range(0x1d173, 0x1d17a), ...range(0x13430, 0x1343f)],
};
const ALL = [...new Set(Object.values(DECEIVING).flat())];
/** One of each kind, for the places that take their time. */
const SOME = Object.values(DECEIVING).map((characters) => characters.at(-1)!);

/** As it is spelled out. */
const spelled = (character: string) =>
  `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`;

for (const [kind, characters] of Object.entries(DECEIVING)) {
  Deno.test(`escape: ${kind} are spelled out, once`, () => {
    for (const character of characters) {
      const escaped = escapeText(`a${character}b`);
      assertEquals(escaped, `a${spelled(character)}b`);
      assertEquals(escapeText(escaped), escaped);
      assertEquals(escapeText(character), spelled(character));
    }
  });
}

const KEPT: Readonly<Record<string, string>> = {
  "line breaks and tabs": "a\n\tb\r\nc",
  "ordinary blanks": "10\u202f000\u00a0€ a\u3000b",
  "emoji": "👍 👍🏽 ❤️ ☑️ ☑︎ 1️⃣ #️⃣ 🇩🇪 🟢 ⚠️ ▶️",
  "joined emoji": "👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 🤷🏽‍♂️ 👁️‍🗨️ 🐻‍❄️",
  "flags written with tags": "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
  "Hebrew": "שָׁלוֹם עולם",
  "Arabic": "السلام عليكم ١٢٣ \u0601١٢",
  "Persian": "می‌خواهم",
  "Hindi": "क्‍ष क्‌ष हिन्दी",
  "other scripts": "日本語 한국어 ไทย ქართული e\u0301 Việt",
  "what was escaped": "⟨U+202E⟩",
};
for (const [what, text] of Object.entries(KEPT)) {
  Deno.test(`escape: ${what} stay`, () => assertEquals(escapeText(text), text));
}

Deno.test("escape: joiners, selectors and tags that belong to nothing seen are spelled out", () => {
  const cases: [string, string][] = [
    ["r\u200dm", "r⟨U+200D⟩m"],
    ["👩\u200dx", "👩⟨U+200D⟩x"],
    ["x\u200d👩", "x⟨U+200D⟩👩"],
    ["a\ufe0f", "a⟨U+FE0F⟩"],
    ["1\ufe0f0", "1⟨U+FE0F⟩0"],
    ["a\rb", "a⟨U+000D⟩b"],
    ["🏴\u{e0067}\u{e007f}", "🏴⟨U+E0067⟩⟨U+E007F⟩"],
    ["❤\ufe0f\ufe0f", "❤⟨U+FE0F⟩⟨U+FE0F⟩"],
    ["م\u200c ls", "م⟨U+200C⟩ ls"],
  ];
  for (const [text, escaped] of cases) assertEquals(escapeText(text), escaped);
});

Deno.test("escape: a long run is counted, and marks do not cover the lines around", () => {
  assertEquals(escapeText(`a${"\u200b".repeat(4_000)}b`), "a⟨U+200B ×4000⟩b");
  assertEquals(escapeText(`e${"\u0301".repeat(50)}`), `e${"\u0301".repeat(8)}⟨U+0301 ×42⟩`);
});

Deno.test("escape: entities stay on what they were on", () => {
  const odd = "\u202ea\u200b";
  const text = concat("x\u2066", bold(odd), " y ", code(odd), "z\u200b", pre(odd, "sh"));
  const escaped = escapeDeceiving(text);
  const words = escaped.entities.map(({ type, offset, length }) =>
    `${type} ${escaped.text.slice(offset, offset + length)}`
  );
  const as = "⟨U+202E⟩a⟨U+200B⟩";
  assertEquals(words, [`bold ${as}`, `code ${as}`, `pre ${as}`]);
});

Deno.test("escape: an entity that ends within a run covers the whole run", () => {
  const text = "ab" + "\u200b".repeat(6) + "cd";
  const entities = [{ type: "bold" as const, offset: 0, length: 4 }];
  const escaped = escapeDeceiving({ text, entities });
  assertEquals(escaped.text, "ab⟨U+200B ×6⟩cd");
  assertEquals(escaped.entities, [{ type: "bold", offset: 0, length: "ab⟨U+200B ×6⟩".length }]);
});

Deno.test("escape: data of buttons, addresses and pictures reach Telegram as they are", () => {
  const payload = {
    text: "a",
    entities: [{ type: "text_link", offset: 0, length: 1, url: "https://a.b/\u200b" }],
    photo: { png: "aGk=" },
    reply_markup: { inline_keyboard: [[{ text: "x", callback_data: "s:\u200b" }]] },
  };
  assertEquals(outgoing(payload), payload);
});

/** Where outputs and answers are read, and names: what a terminal would obey is left out there. */
const READ = [
  ...["a step", "steps that are over", "a notice on the way", "a draft", "a tool's output"],
  ...["a thought", "an answer", "code in an answer", "an error of Claude's", "a background task"],
  ...["an alert", "the day's summary", "a report", "a message that is held back"],
  ...["a silent process", "a sentence in a place"],
];
const isRead = (place: string) =>
  place !== "an answer that was given" && READ.some((each) => place.startsWith(each));
// deno-lint-ignore no-control-regex -- these are meant
const TERMINAL = /^[\x1b\x80-\x84\x86-\x9f]$/;

/** Each with what has to be seen of it where nothing may be left out. */
const SEQUENCES = [
  ["\x1b[32m", "[32m"],
  ["\x1b[1;38;2;1;2;3m", "[1;38;2;1;2;3m"],
  ["\x1b]0;title\x07", "title"],
  ["\x1b]8;;http://a.b\x1b\\", "a.b"],
] as const;

for (const [place, shown] of Object.entries(PLACES)) {
  const what = isRead(place) ? "left out" : "spelled out, nothing left out,";
  Deno.test(`ansi: what a terminal obeys is ${what} in ${place}`, () => {
    for (const [sequence, rest] of SEQUENCES) {
      const payloads = shown(`w${sequence}orking`).map(outgoing);
      const text = payloads.map(seen).join("\n");
      assert(!text.includes("\x1b"), text);
      assertStringIncludes(text, isRead(place) ? "working" : rest);
    }
  });
}

/** What \s takes for a blank may be one in a line that is made of several. */
const BLANK = /\s/;

for (const [place, shown] of Object.entries(PLACES)) {
  Deno.test(`escape: nothing deceives in ${place}`, () => {
    const characters = place.includes("document") ? SOME : ALL;
    for (const character of characters) {
      const words = `rm${character}x`;
      const payloads = shown(words).map(outgoing);
      const text = payloads.map(seen).join("\n");
      assert(
        !text.includes(words),
        `${spelled(character)} came through: ${text.slice(0, 300)}`,
      );
      // A line break is one, and the name of an upload has no controls.
      if (isRead(place) && TERMINAL.test(character)) continue;
      if (BLANK.test(character) || place.includes("name") && character < " ") continue;
      assertMatch(text, /⟨U\+|_|\ufffd/, `${spelled(character)} is hidden: ${text.slice(0, 300)}`);
    }
  });

  Deno.test(`escape: what is written from the right or with emoji is read in ${place}`, () => {
    const words = "שלום👨‍👩‍👧می‌خواهم";
    assertStringIncludes(shown(words).map(outgoing).map(seen).join("\n"), words);
  });

  Deno.test(`escape: nothing grows beyond a message in ${place}`, () => {
    for (const payload of shown("\u202e\u200b".repeat(1_000)).map(outgoing)) {
      const { text = "" } = payload as { text?: string };
      if (!("callback_query_id" in payload)) assert(text.length <= 4096, `${text.length}`);
    }
  });
}

for (const text of ["\u202e", "\u202e\u200b", "\u0301", "\r", " ", "👩\u200d", "\u{e0061}"]) {
  Deno.test(`escape: the time grows with the length: ${JSON.stringify(text)}`, () => {
    grows(escapeText, (length) => text.repeat(length / text.length), 200_000);
  });
}

Deno.test("escape: what the rest of the program makes of an answer is not escaped twice", () => {
  const [payload] = PLACES["an answer"]!("a\u202eb").map(outgoing);
  assertEquals(payload?.["text"], "a⟨U+202E⟩b");
  assertEquals(outgoing(payload!), payload);
});
