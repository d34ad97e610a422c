import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Closing, Turn } from "../../../lib/conversation/mod.ts";
import { EMPTY_VIEW } from "../../../lib/conversation/view.ts";
import { PRIORITY } from "../../../lib/journal/mod.ts";
import { heading } from "../../../lib/telegram/views/answer.ts";
import { headOf } from "../../../lib/telegram/text/markdown.ts";
import { composer } from "../../../lib/telegram/views/composer.ts";

const TURN: Turn = {
  ...{ id: "t1", session: "lab", place: { chat: 1, thread: 7 }, user: 1, replyTo: 11 },
  ...{ asked: true, away: false, startedAt: 0, also: [] },
};
const aClosing = (change: Partial<Closing> = {}): Closing => ({
  ...{ turn: TURN, outcome: "answered", answer: "", sentence: "", choice: null, view: EMPTY_VIEW },
  ...change,
});

const text = ({ payload }: { payload: Readonly<Record<string, unknown>> }) =>
  String(payload["text"]);
const file = ({ payload }: { payload: Readonly<Record<string, unknown>> }) =>
  payload["document"] as { name: string; text: string };

const LONG = Array.from({ length: 60 }, (_, n) => `Paragraph ${n} ${"word ".repeat(20)}`).join(
  "\n\n",
);

Deno.test("answer: smart sends the head of a long one, and the whole as a file behind it", () => {
  const [head, document, ...more] = composer.answer(
    aClosing({ answer: LONG, choice: { kind: "again", job: 5 } }),
    "smart",
  );
  assertEquals(more, []);
  assert(text(head!).length < 2_700);
  assertMatch(text(head!), /word\s*\n\n… \d+ more characters; the whole is in lab-answer\.md\.$/);
  assertEquals(head!.payload["disable_notification"], undefined);
  assertStringIncludes(JSON.stringify(head!.payload["reply_markup"]), "a:5");
  assertEquals([document!.method, file(document!).name], ["sendDocument", "lab-answer.md"]);
  assertEquals(file(document!).text, LONG);
  assertEquals(document!.payload["message_thread_id"], 7);
});

Deno.test("answer: smart sends a short one as it is, and normal never sends a file", () => {
  assertEquals(composer.answer(aClosing({ answer: "Short." }), "smart").map(text), ["Short."]);
  for (const output of ["normal", "verbose", undefined] as const) {
    const sent = composer.answer(aClosing({ answer: LONG }), output);
    assertEquals(new Set(sent.map(({ method }) => method)), new Set(["sendMessage"]));
  }
});

Deno.test("answer: what has to be said stands with the head, not in the file", () => {
  const closing = aClosing({ answer: LONG, outcome: "interrupted", sentence: "Stopped." });
  const [head, document] = composer.answer(closing, "smart");
  assertStringIncludes(text(head!), "⏹ Stopped.");
  assert(!file(document!).text.includes("Stopped."));
});

const HEADS = [
  ["ends with a paragraph", `${"a ".repeat(40)}\n\n${"b ".repeat(40)}`, "a ".repeat(40).trim()],
  [
    "ends with a line where there is no paragraph",
    `${"a".repeat(60)}\nbbbbbb${"b".repeat(80)}`,
    "a".repeat(60),
  ],
  ["is cut where there is nothing else", "x".repeat(500), "x".repeat(100)],
  [
    "closes a fence",
    `\`\`\`ts\n${"line\n".repeat(60)}\`\`\``,
    `\`\`\`ts\n${"line\n".repeat(18)}\`\`\``,
  ],
] as const;

for (const [name, source, expected] of HEADS) {
  Deno.test(`answer: a head ${name}`, () => {
    assertEquals(headOf(source, 100), expected);
  });
}

Deno.test("answer: half an emoji is never in a head", () => {
  assert(headOf("😀".repeat(200), 101).isWellFormed());
});

Deno.test("answer: a command that says nothing is said to be done", () => {
  const said = (command?: string) =>
    text(composer.answer(aClosing(command === undefined ? {} : { command }))[0]!);
  assertEquals(said("clear"), "/clear: done. The conversation begins anew.");
  assertEquals(said("rename"), "/rename: done.");
  assertEquals(said(), "Done, without a word.");
});

const REPORTS = [
  [[], "lab: a background task reports"],
  [["npm test"], "lab: background task 'npm test' reports"],
  [["a", "b", "c"], "lab: background tasks 'a', 'b' and 'c' report"],
] as const;

Deno.test("answer: a turn that goes on after a limit says why it began", () => {
  const continues = "The limit was reset at 14:00; Claude goes on with what it had stopped.";
  assertEquals(heading({ ...TURN, asked: false, continues })?.text, continues);
});

for (const [reports, expected] of REPORTS) {
  Deno.test(`answer: a report of ${reports.length} tasks says '${expected}'`, () => {
    assertEquals(heading({ ...TURN, asked: false, reports })?.text, expected);
  });
}

Deno.test("step message: a tool call shows its input and its output, silently and behind what matters", () => {
  const call = {
    type: "tool",
    id: "t",
    name: "Bash",
    summary: "Running ls",
    state: "done",
  } as const;
  const [message, ...more] = composer.stepMessages(TURN, {
    ...call,
    input: "ls",
    output: "a\nb\n",
  });
  assertEquals([text(message!), more], ["🔧 Bash ✓\nls\na\nb", []]);
  assertEquals(message!.payload["disable_notification"], true);
  assertEquals(message!.priority, PRIORITY.stepMessage);
  const [bare] = composer.stepMessages(TURN, { ...call, state: "denied" });
  assertEquals(text(bare!), "🔧 Bash ✗ denied\nRunning ls\nNo output.");
});

Deno.test("step message: what is long stands whole in a file", () => {
  const output = "line\n".repeat(4_000);
  const call = {
    type: "tool",
    id: "t",
    name: "mcp__x y",
    summary: "Using x",
    state: "failed",
  } as const;
  const [message, document] = composer.stepMessages(TURN, { ...call, input: "{}", output });
  assert(text(message!).length <= 4_096);
  assertEquals(file(document!).name, "mcp__x_y.txt");
  assertStringIncludes(file(document!).text, output);
  assertEquals(document!.priority, PRIORITY.stepMessage);
});

Deno.test("step message: a thought is folded when it is long, and whole in a file when it is very long", () => {
  const sizes = [10, 1_000, 5_000].map((size) =>
    composer.stepMessages(TURN, { type: "thought", text: "hm ".repeat(size / 2) })
  );
  assertEquals(sizes.map(({ length }) => length), [1, 1, 2]);
  const kinds = sizes.map(([first]) =>
    (first!.payload["entities"] as { type: string }[]).map(({ type }) => type).at(-1)
  );
  assertEquals(kinds, ["pre", "expandable_blockquote", "expandable_blockquote"]);
});
