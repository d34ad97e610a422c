import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ApiError } from "./errors.ts";
import { linkProblem } from "./links.ts";
import { captionText, foundEntities, messageText } from "./text.ts";

type Entity = Record<string, unknown>;

function refusal(text: string, ...entities: unknown[]): string {
  return assertThrows(() => messageText(text, entities), ApiError).description;
}

const bold = (offset: number, length: number): Entity => ({ type: "bold", offset, length });

Deno.test("bot api text: 4096 code points pass, one more is too long", () => {
  assertEquals(messageText("😀".repeat(4096), undefined).text.length, 8192);
  assertEquals(refusal("😀".repeat(4097)), "Bad Request: message is too long");
  assertEquals(messageText(` ${"x".repeat(4096)}\n\n`, undefined).text.length, 4096);
});

Deno.test("bot api text: what is empty after the trim is empty", () => {
  for (const text of ["", " \n\t ", "\u0000\u0001"]) {
    assertEquals(refusal(text), "Bad Request: message text is empty");
  }
  assertEquals(captionText(undefined, undefined), { text: "", entities: [] });
});

Deno.test("bot api text: a caption has 1024 characters at most", () => {
  assertEquals(captionText("é".repeat(1024), undefined).text.length, 1024);
  const error = assertThrows(() => captionText("é".repeat(1025), undefined), ApiError);
  assertEquals(error.description, "Bad Request: message caption is too long");
});

Deno.test("bot api text: both ends are trimmed and the entities move along", () => {
  const { text, entities } = messageText("  \r\n a bold b  \n", [bold(7, 9)]);
  assertEquals(text, "a bold b");
  assertEquals(entities, [{ type: "bold", offset: 2, length: 6 }]);
});

Deno.test("bot api text: the front is trimmed only up to the first entity", () => {
  const { text, entities } = messageText("\n\n  code", [{ type: "pre", offset: 2, length: 6 }]);
  assertEquals([text, entities[0]?.offset], ["  code", 0]);
});

Deno.test("bot api text: control characters become spaces, also tabs; \\r goes", () => {
  assertEquals(messageText("a\tb\u0007c\r\nd", undefined).text, "a b c\nd");
});

const REFUSED: [why: string, text: string, entity: unknown, words: RegExp][] = [
  ["no object", "text", "bold", /must be an object/],
  ["an unknown type", "text", { type: "blink", offset: 0, length: 1 }, /unsupported type "blink"/],
  ["a negative offset", "text", bold(-1, 2), /incorrect offset -1/],
  ["an offset with a fraction", "text", bold(0.5, 2), /incorrect offset 0.5/],
  ["a negative length", "text", bold(0, -2), /incorrect length -2/],
  ["an end after the text", "text", bold(2, 3), /offset 2 ends after the end .* offset 5$/],
  ["a begin after the text", "text", bold(5, 1), /begins after the end of the text/],
  [
    "a begin inside of a pair",
    "a😀b",
    bold(2, 1),
    /begins in a middle of a UTF-16 symbol at byte offset 5/,
  ],
  [
    "an end inside of a pair",
    "a😀b",
    bold(0, 2),
    /offset 0 ends in a middle of a UTF-16 symbol at byte offset 5/,
  ],
  ["a link to localhost", "text", link("http://localhost:3000"), /'http:\/\/localhost:3000' is/],
  ["a link without address", "text", { type: "text_link", offset: 0, length: 2 }, /URL is missing/],
  ["a language that is a number", "text", { ...bold(0, 2), type: "pre", language: 3 }, /language/],
  ["a language on inline code", "text", { ...bold(0, 2), type: "code", language: "c" }, /no lang/],
  ["a mention without user", "text", { ...bold(0, 2), type: "text_mention" }, /needs a user/],
];

function link(url: string): Entity {
  return { type: "text_link", offset: 0, length: 2, url };
}

Deno.test("bot api text: entities that Telegram refuses", async (t) => {
  for (const [why, text, entity, words] of REFUSED) {
    await t.step(why, () => assertMatch(refusal(text, entity), words));
  }
});

Deno.test("bot api text: a quote in a quote is refused", () => {
  const outer = { type: "blockquote", offset: 0, length: 4 };
  const inner = { type: "expandable_blockquote", offset: 1, length: 2 };
  assertEquals(
    refusal("text", inner, outer),
    "Bad Request: can't parse entities: nested blockquote",
  );
  assertEquals(messageText("text", [outer, bold(1, 2)]).entities.length, 2);
});

Deno.test("bot api text: entities after the hundredth are ignored, wrong or not", () => {
  const many = Array.from({ length: 130 }, (_, at) => bold(at * 2, at < 100 ? 1 : 9_999));
  assertEquals(messageText("x ".repeat(130), many).entities.length, 100);
});

Deno.test("bot api text: too many long links are ENTITIES_TOO_LONG", () => {
  const links = Array.from({ length: 20 }, () => link(`https://example.org/${"x".repeat(500)}`));
  assertEquals(refusal("text", ...links), "Bad Request: ENTITIES_TOO_LONG");
});

Deno.test("bot api text: styles inside of code, empty ones wherever and found ones are dropped", () => {
  const pre = { type: "pre", offset: 0, length: 4, language: "ts" };
  const url = { type: "url", offset: 0, length: 4 };
  assertEquals(messageText("text", [bold(1, 2), pre, bold(9, 0), url]).entities, [
    { type: "pre", offset: 0, length: 4, language: "ts" },
  ]);
});

Deno.test("bot api text: links that Telegram takes, and those that it does not", () => {
  const good = [
    "https://example.org",
    "http://example.org:8080/a?b#c",
    "https://user@example.org/",
    "https://192.168.1.2:8006/",
    "http://[::1]:80/",
    "https://example.org./a b",
    "https://bücher.example",
    "tg://user?id=1",
    "ton://transfer/x",
  ];
  const bad = [
    "http://localhost:3000",
    "https://nas/",
    "src/a.ts:10",
    "./x",
    "#a",
    "file:///etc/passwd",
    "vscode://file/x",
    "mailto:ada@example.org",
    "tel:+1",
    "https://",
    "https://a@b@example.org/",
    "ton://x.ton",
    "https://example.org:99999/",
    "https://exam ple.org",
    "example.org",
    "https://.",
    "",
  ];
  assertEquals(good.filter((url) => linkProblem(url) !== undefined), []);
  assertEquals(bad.filter((url) => linkProblem(url) === undefined), []);
});

Deno.test("bot api text: commands and links are found in what people write, paths are not", () => {
  const found = (text: string) =>
    foundEntities(text).map(({ type, offset, length }) =>
      `${type} ${text.slice(offset, offset + length)}`
    );
  assertEquals(found("/start now"), ["bot_command /start"]);
  assertEquals(found("see /help@my_bot, or /stop."), [
    "bot_command /help@my_bot",
    "bot_command /stop",
  ]);
  assertEquals(found("/usr/bin and a/b"), []);
  assertEquals(found("https://example.org/a."), ["url https://example.org/a"]);
});
