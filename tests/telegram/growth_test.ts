/** No text of others makes the program stand: the time for one grows with its length, not with the square. */
import { decodeToolRequest } from "../../lib/claude/requests.ts";
import { explain } from "../../lib/claude/failures.ts";
import { toolInput, toolOutput, toolSummary } from "../../lib/claude/tools.ts";
import { wordsOf } from "../../lib/conversation/mod.ts";
import { EMPTY_VIEW } from "../../lib/conversation/view.ts";
import type { Turn } from "../../lib/conversation/mod.ts";
import { continuation } from "../../lib/telegram/views/composer.ts";
import { escapeText } from "../../lib/telegram/text/escape.ts";
import { headOf, renderMarkdown, saysAll } from "../../lib/telegram/text/markdown.ts";
import { lineDiff } from "../../lib/telegram/text/diff.ts";
import { excerpt, readable, short } from "../../lib/telegram/text/excerpt.ts";
import { shown } from "../../lib/telegram/views/requests/shown.ts";
import { splitText } from "../../lib/telegram/text/split.ts";
import { foldedText, statusText } from "../../lib/telegram/views/status_text.ts";
import { literal, oneLine } from "../../lib/text.ts";
import { aPermission, aPlan, aQuestion } from "../conversation/stage.ts";
import { grows } from "../growth.ts";

const TURN: Turn = {
  ...{ id: "t1", session: "lab", place: { chat: 1 }, user: 1, replyTo: 1, also: [] },
  ...{ asked: true, away: false, startedAt: 0 },
};
const whole = (type: "pre" | "bold", text: string) => ({
  text,
  entities: [{ type, offset: 0, length: text.length }],
});
const MODEL = "There is an issue with the selected model";

/** What takes texts of others, by name. */
const TAKES: Readonly<Record<string, (text: string) => unknown>> = {
  excerpt,
  short: (text) => short(text),
  "one line": (text) => oneLine(text),
  "a step": (text) => [toolSummary("Bash", { command: text }), toolSummary(text, {})],
  "a tool's input": (text) => toolInput("Other", { text }),
  "a tool's output": toolOutput,
  escaping: escapeText,
  readable: (text) => readable({ text, list: [text] }),
  "the first words": wordsOf,
  "an alert's words": literal,
  "an answer's head": (text) => headOf(text, 2_500),
  continuation,
  "an error of the CLI": (text) => explain(`${MODEL}${text.replaceAll("\n", " ")}`),
  "splitting": (text) => splitText({ text, entities: [] }),
  "splitting code": (text) => splitText(whole("pre", text)),
  "splitting what is bold": (text) => splitText(whole("bold", `a${text}b`)),
  "a request's command": (text) =>
    shown("lab", aPermission("r", { input: { command: text, description: text } }), 9),
  "a request's file": (text) =>
    shown("lab", aPermission("r", { tool: "Write", input: { file_path: text, content: text } }), 9),
  "a request's change": (text) => lineDiff(`a\n${text}`, `b\n${text}`),
  "another tool's request": (text) =>
    shown("lab", aPermission("r", { tool: text, input: { [text]: text } }), 9),
  "a question": (text) =>
    shown(
      "lab",
      aQuestion("r", { text, options: [{ label: text, description: text, preview: text }] }),
      9,
    ),
  "what may be allowed": (text) =>
    decodeToolRequest("r", {
      tool_name: "Read",
      permission_suggestions: [{
        type: "addRules",
        behavior: "allow",
        rules: [{ toolName: "Read", ruleContent: `//${text}` }],
      }],
    }),
  "whether a plan says all": (text) => saysAll(text, { text, entities: [] }),
  "the status message": (text) =>
    statusText(TURN, { ...EMPTY_VIEW, steps: [{ id: "1", summary: text, state: "running" }] }, 1),
  "folded steps": (text) =>
    foldedText(TURN, { ...EMPTY_VIEW, steps: [{ id: "1", summary: text, state: "done" }] }, 1),
};

/** Markdown of more than 200,000 characters is shown as it is. */
const MARKDOWN: typeof TAKES = {
  markdown: renderMarkdown,
  "a plan": (text) => shown("lab", aPlan("r", text), 9),
};

const TEXTS: Readonly<Record<string, (length: number) => string>> = {
  "blanks before a word": (length) => `${" ".repeat(length)}x`,
  "line breaks before a word": (length) => `${"\n".repeat(length)}x`,
  "blank lines": (length) => `${" \n".repeat(length / 2)}x`,
  "tabs": (length) => `${"\t".repeat(length)}x`,
  "carriage returns": (length) => `${"\r".repeat(length)}x`,
  "lines with blanks at their end": (length) => "ab    \n".repeat(length / 7),
  "dots": (length) => ".a".repeat(length / 2),
  "one word": (length) => "x".repeat(length),
  "escapes": (length) => "\u001b[".repeat(length / 2),
};

/** What a parser of Markdown may look at again and again. */
const MARKS: typeof TEXTS = {
  "brackets": (length) => "[".repeat(length),
  "half links": (length) => "![a](".repeat(length / 5),
  "stars": (length) => "*".repeat(length),
  "open emphasis": (length) => "*a **b ".repeat(length / 7),
  "ticks": (length) => "`a``b".repeat(length / 5),
  "items": (length) => "- a\n".repeat(length / 4),
  "quotes in items": (length) => "- > ".repeat(length / 4),
  "lazy lines": (length) => `${"> ".repeat(30)}${"a\n".repeat(length / 2)}`,
  "open fences": (length) => "- ```\n".repeat(length / 6),
  "rows": (length) => "|-|\n".repeat(length / 4),
  "short rows": (length) =>
    `${"|a".repeat(200)}\n${"|-".repeat(200)}\n${"|x\n".repeat(length / 3)}`,
  "long rows": (length) => `|a|\n|-|\n${"|x|y|z|\n".repeat(length / 8)}`,
  "definitions": (length) => "[a]: b\n".repeat(length / 7),
  "footnotes": (length) => "[^a]: b [^a]\n".repeat(length / 13),
  "addresses": (length) => "https://*_".repeat(length / 10),
};

for (const [what, take] of Object.entries(TAKES)) {
  Deno.test(`growth: ${what} takes time by the length`, () => {
    for (const text of Object.values(TEXTS)) grows(take, text, 100_000);
  });
}
for (const [what, take] of Object.entries(MARKDOWN)) {
  Deno.test(`growth: ${what} takes time by the length`, () => {
    for (const text of Object.values(TEXTS)) grows(take, text, 20_000);
  });
}
for (const [what, text] of Object.entries(MARKS)) {
  Deno.test(`growth: Markdown made of ${what} takes time by the length`, () => {
    grows((source) => splitText(renderMarkdown(source)), text, 20_000);
  });
}
