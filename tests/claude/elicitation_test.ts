import { assert, assertEquals } from "@std/assert";
import { decodeRequest, encodeAnswer } from "../../lib/claude/requests.ts";
import type { QuestionRequest } from "../../lib/claude/events.ts";
import { problemOf } from "../../lib/claude/elicitation.ts";

/** As the CLI passed it on from a server (2.1.329). */
const FORM = {
  subtype: "elicitation",
  mcp_server_name: "form",
  message: "Where shall it go?",
  mode: "form",
  requested_schema: {
    type: "object",
    properties: {
      host: { type: "string", title: "Host", description: "Its name", minLength: 2, maxLength: 20 },
      mail: { type: "string", format: "email" },
      port: { type: "integer", minimum: 1, maximum: 65535, default: 443 },
      tls: { type: "boolean", title: "TLS?", default: true },
      size: { type: "string", enum: ["s", "m", "l"], enumNames: ["Small", "Medium", "Large"] },
      tags: { type: "array", items: { type: "string", enum: ["a", "b", "c, d"] }, minItems: 2 },
    },
    required: ["host", "size"],
  },
  property_order: ["host", "mail", "port", "tls", "size", "tags"],
};

function asked(change: object = {}): QuestionRequest | null {
  const ask = decodeRequest("r", { ...FORM, ...change });
  return ask?.kind === "question" ? ask : null;
}
const field = (schema: object, required = true): QuestionRequest =>
  asked({
    requested_schema: { properties: { x: schema }, required: required ? ["x"] : [] },
    property_order: ["x"],
  })!;

Deno.test("elicitation: a form is one question for each field, in the server's order", () => {
  const ask = asked()!;
  assertEquals(ask.questions.map(({ text }) => text), [
    "Host\nIts name",
    "mail",
    "port\nA whole number.",
    "TLS?",
    "size",
    "tags",
  ]);
  assertEquals(ask.questions.map(({ options }) => options.map(({ label }) => label)), [
    [],
    [],
    ["443"],
    ["Yes", "No"],
    ["Small", "Medium", "Large"],
    ["a", "b", "c, d"],
  ]);
  assertEquals(ask.form?.fields.map(({ required }) => required), [
    ...[true, false, false, false, true, false],
  ]);
});

Deno.test("elicitation: the server gets values of its types, and what was left out is not there", () => {
  const answers = {
    ...{ host: "nas", mail: "", port: "22", tls: "No", size: "Medium", tags: "a, c, d" },
  };
  assertEquals(encodeAnswer(FORM, { kind: "answers", answers }), {
    action: "accept",
    content: { host: "nas", port: 22, tls: false, size: "m", tags: ["a", "c, d"] },
  });
  assertEquals(encodeAnswer(FORM, { kind: "deny", reason: "no" }), { action: "decline" });
  assertEquals(encodeAnswer(FORM, { kind: "dismiss" }), { action: "cancel" });
});

const CASES: readonly (readonly [schema: object, text: string, problem: string | null])[] = [
  [{ type: "string", minLength: 2 }, "a", "At least 2 characters."],
  [{ type: "string", maxLength: 3 }, "👍👍👍", null],
  [{ type: "string", maxLength: 3 }, "abcd", "At most 3 characters."],
  [{ type: "string", format: "email" }, "ada", "That is no e-mail address."],
  [{ type: "string", format: "email" }, "ada@x.org", null],
  [{ type: "string", format: "uri" }, "x y", "That is no address; one begins with https://."],
  [{ type: "string", format: "date" }, "27.11.26", "Write the date as 2026-11-27."],
  [{ type: "string", format: "something" }, "x", null],
  [{ type: "integer" }, "1.5", "It has to be a whole number."],
  [{ type: "integer" }, "1e3", "That is no number."],
  [{ type: "number" }, "1,5", null],
  [{ type: "number", minimum: 0 }, "-1", "At least 0."],
  [{ type: "number" }, "NaN", "That is no number."],
  [{ type: "boolean" }, "yes", null],
  [{ type: "boolean" }, "maybe", "Answer yes or no."],
  [{ type: "string", enum: ["s", "m"] }, "M", null],
  [{ type: "string", oneOf: [{ const: "1", title: "One" }] }, "one", null],
  [{ type: "string", enum: ["s"] }, "xl", "Take one of those that are listed."],
  [{ type: "array", items: { enum: ["a", "b"] }, maxItems: 1 }, "a, b", "At most 1 of them."],
  [{ type: "array", items: { enum: ["a"] } }, "a, z", "Take one of those that are listed."],
  [{ type: "string" }, "", "This has to be answered."],
];
for (const [schema, text, problem] of CASES) {
  Deno.test(`elicitation: ${JSON.stringify(schema)} and "${text}": ${problem ?? "taken"}`, () => {
    assertEquals(problemOf(field(schema), 0, text), problem);
  });
}

Deno.test("elicitation: an address is shown whole, and only one of the web", () => {
  const url = "https://auth.example/login?x=1";
  const change = { mode: "url", url, requested_schema: undefined };
  const ask = asked(change)!;
  assertEquals([ask.form?.url, ask.questions.length], [url, 1]);
  const answers = {};
  assertEquals(encodeAnswer({ ...FORM, ...change }, { kind: "answers", answers }), {
    action: "accept",
  });
  for (const odd of ["javascript:alert(1)", "file:///etc/passwd", "tg://x", ""]) {
    assertEquals(asked({ ...change, url: odd }), null, odd);
  }
});

Deno.test("elicitation: a form without fields asks for a yes", () => {
  const ask = asked({ requested_schema: { type: "object", properties: {} } })!;
  assertEquals(ask.questions.map(({ options }) => options.map(({ label }) => label)), [["Yes"]]);
  const request = { ...FORM, requested_schema: { properties: {} } };
  assertEquals(encodeAnswer(request, { kind: "answers", answers: {} }), {
    ...{ action: "accept", content: {} },
  });
});

Deno.test("elicitation: what no person could answer is not shown", () => {
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`f${n}`, {}]));
  for (
    const change of [
      { requested_schema: { properties: { x: { type: "object" } } } },
      { requested_schema: { properties: { x: { type: "array" } } } },
      { requested_schema: { properties: many } },
      { message: "x".repeat(5_000) },
      { message: 7 },
    ]
  ) assertEquals(asked(change), null, JSON.stringify(change).slice(0, 80));
});

Deno.test("elicitation: whatever a server writes is taken in bounded time, or not at all", () => {
  const strange = ["__proto__", "constructor", "toString"];
  const properties = Object.fromEntries(strange.map((name) => [name, { type: "string" }]));
  const request = { ...FORM, requested_schema: { properties, required: [1] } };
  const ask = decodeRequest("r", request);
  assert(ask === null || ask.kind === "question");
  assertEquals(
    encodeAnswer(request, { kind: "answers", answers: { constructor: "x" } })["action"],
    "accept",
  );
  const long = `${"a, ".repeat(20_000)}`;
  const start = performance.now();
  problemOf(field({ type: "array", items: { enum: ["a", "b"] } }), 0, long);
  assert(performance.now() - start < 2_000);
});
