import type { InlineKeyboardButton } from "grammy/types";
import { decodeRequest } from "../../lib/claude/requests.ts";
import type { InitializeInfo } from "../../lib/claude/events.ts";
import { toolSummary } from "../../lib/claude/tools.ts";
import type { Choice, Closing, Turn } from "../../lib/conversation/mod.ts";
import { EMPTY_VIEW } from "../../lib/conversation/view.ts";
import type { Report } from "../../lib/homelab/mod.ts";
import type { AlertLine, NewDelivery } from "../../lib/journal/mod.ts";
import { type Edit, ownPersona } from "../../lib/sessions/mod.ts";
import { alertText, digestText } from "../../lib/schedule/words.ts";
import { button, keyboard } from "../../lib/telegram/buttons.ts";
import { deliveries } from "../../lib/telegram/outbox/compose.ts";
import { composer } from "../../lib/telegram/views/composer.ts";
import { documentDelivery } from "../../lib/telegram/api/uploads.ts";
import { concat, type FormattedText } from "../../lib/telegram/text/formatted.ts";
import { renderReport, statusLine } from "../../lib/telegram/features/homelab/render.ts";
import { commandList } from "../../lib/telegram/features/info/commands.ts";
import { contextText } from "../../lib/telegram/features/info/context.ts";
import { offerRows } from "../../lib/telegram/features/offers/shown.ts";
import { edit } from "../../lib/telegram/outbox/previews.ts";
import { planFolded } from "../../lib/telegram/views/requests/plan.ts";
import { questionShown } from "../../lib/telegram/views/requests/question.ts";
import { noticeRows } from "../../lib/telegram/features/schedule/notice.ts";
import { foldedText, statusText } from "../../lib/telegram/views/status_text.ts";
import { aPermission, aPlan, aQuestion } from "../conversation/stage.ts";

type Payload = Readonly<Record<string, unknown>>;

const PLACE = { chat: 1 };
const TARGET = { place: PLACE, replyTo: null };
const TURN: Turn = {
  ...{ id: "t1", session: "lab", place: PLACE, user: 1, replyTo: 11, also: [] },
  ...{ asked: true, away: false, startedAt: 0 },
};
const CLOSING: Closing = {
  ...{ turn: TURN, outcome: "answered", answer: "a", sentence: "", choice: null },
  view: EMPTY_VIEW,
};
const ALERT: AlertLine = {
  ...{ kind: "trouble", level: "bad", probe: "kuma", title: "Kuma", name: "n", text: "t" },
  ...{ from: 0, to: 3_600_000, late: false, service: false, down: false },
};
const REPORT: Report = { title: "Kuma", level: "bad", summary: "s", rows: [], at: 0 };
const row = (name: string, text: string, level: "bad" | "ok" = "bad") =>
  ({ name, text, level }) as Report["rows"][number];

const payloads = (rows: readonly NewDelivery[]): Payload[] => rows.map(({ payload }) => payload);
const say = (text: FormattedText, extra = {}): Payload[] =>
  payloads(deliveries(text, TARGET, { extra }));
const permission = (...change: Parameters<typeof aPermission>[1][]) =>
  payloads(composer.request(TURN, aPermission("r", Object.assign({}, ...change)), 9));
const question = (...change: Parameters<typeof aQuestion>[1][]) =>
  payloads(composer.request(TURN, aQuestion("r", ...change), 9));
const form = (change: object) => {
  const request = { subtype: "elicitation", mcp_server_name: "s", message: "m", ...change };
  return payloads(composer.request(TURN, decodeRequest("r", request)!, 9));
};
const option = (label: string, description = "", preview = "") => ({ label, description, preview });
const tool = (change: object) =>
  payloads(composer.stepMessages(
    TURN,
    {
      ...{ type: "tool", id: "1", name: "Bash", summary: "s", state: "done", input: "i" },
      ...{ output: "o", ...change },
    } as Parameters<typeof composer.stepMessages>[1],
  ));
const answer = (change: Partial<Closing>) => payloads(composer.answer({ ...CLOSING, ...change }));
const step = (summary: string) => ({ id: "1", summary, state: "running" as const });
const status = (change: object) =>
  say(statusText(TURN, { ...EMPTY_VIEW, phase: "working", ...change }, 5_000));
const PERSONA = ownPersona({ name: "n", system_prompt: "p" });
const offered = (change: Partial<Edit>) => {
  const seen = { settings_shown: null, persona_shown: null };
  const nothing = { foreign: false, changes: [], persona: null, refused: [], problem: null, seen };
  return payloads(offerRows({ ...nothing, ...change }, "lab", 1, PLACE));
};
const row0 = (label: string) => [[button(label, { do: "session.make-default" })]];
const namedCommand = (name: string, description = "", hint = "") =>
  ({ commands: [{ name, description, hint }], models: [] }) as InitializeInfo;

/**
 * Every kind of place where a text that others wrote is shown, with that text in it: the payloads as
 * they are handed to a call. What is done to all of them alike is done by the door of the calls.
 */
export const PLACES: Readonly<Record<string, (words: string) => Payload[]>> = {
  "a request's line": (words) =>
    permission({ summary: toolSummary("Bash", { command: words }), input: {} }),
  "a request's command": (words) => permission({ input: { command: words } }),
  "a request's command, as a document": (words) =>
    permission({ input: { command: `${words}\n`.repeat(200) } }),
  "a request's description": (words) =>
    permission({ input: { command: "ls", description: words } }),
  "a request's path": (words) =>
    permission({ tool: "Write", input: { file_path: words, content: "x" } }),
  "a request's content": (words) =>
    permission({ tool: "Write", input: { file_path: "/a.txt", content: words } }),
  "a request's document by name": (words) =>
    permission({
      tool: "Write",
      input: { file_path: `/w/${words}.txt`, content: "x".repeat(9_000) },
    }),
  "a request's change": (words) =>
    permission({ tool: "Edit", input: { file_path: "/a", old_string: "x", new_string: words } }),
  "a request's former content": (words) =>
    permission({ tool: "Write", input: { file_path: "/a", content: "x" }, before: words }),
  "a request's rest": (words) => permission({ input: { command: "ls", extra: words } }),
  "a request of another tool": (words) => permission({ tool: words, input: { [words]: words } }),
  "a request's reason": (words) => permission({ reason: words }),
  "a request that ended": (words) => [edit(1, 2, concat(`${words}: `, "✓ allowed")).payload],
  "a question": (words) => question({ text: words }),
  "an option": (words) => question({ options: [option(words), option("b")] }),
  "an option's description": (words) => question({ options: [option("a", words)] }),
  "an option's preview": (words) => question({ options: [option("a", "b", words)] }),
  "a form of an MCP server's": (words) =>
    form({ message: words, mcp_server_name: words.slice(0, 99) }),
  "a form's field": (words) =>
    form({
      requested_schema: { properties: { x: { type: "string", title: words, enum: [words] } } },
    }),
  "an address to be opened": (words) => form({ mode: "url", url: `https://a.b/${words}` }),
  "an answer that was given": (words) => {
    const ask = aQuestion("r", { text: words }, {});
    const { text, rows } = questionShown("lab", ask, { given: [words], picked: [] }, 9);
    return say(text, keyboard(...rows));
  },
  "a persona that was edited": (words) =>
    offered({ persona: { before: PERSONA, after: { ...PERSONA, system_prompt: words } } }),
  "a persona that was edited, as a document": (words) =>
    offered({
      persona: { before: PERSONA, after: { ...PERSONA, system_prompt: `${words}\n`.repeat(200) } },
    }),
  "a right that a persona may not give itself": (words) =>
    offered({ refused: [`allowed_tools ${words}`] }),
  "what is wrong with a persona": (words) => offered({ problem: words }),
  "a setting that was edited": (words) =>
    offered({ changes: [{ field: "model", from: null, to: words }] }),
  "a plan": (words) => payloads(composer.request(TURN, aPlan("r", words), 9)),
  "a plan as a document": (words) =>
    payloads(composer.request(TURN, aPlan("r", `${words}\n\n`.repeat(200)), 9)),
  "a plan that ended": (words) => say(planFolded(aPlan("r", words), "✓ started")),
  "a step": (words) => status({ steps: [step(toolSummary("Read", { file_path: words }))] }),
  "a step of a tool nobody knows": (words) => status({ steps: [step(toolSummary(words, {}))] }),
  "a notice on the way": (words) => status({ notice: words }),
  "a draft": (words) => status({ draft: words }),
  "steps that are over": (words) =>
    say(foldedText(TURN, { ...EMPTY_VIEW, steps: [step(words)] }, 5_000)),
  "persona and model": (words) => say(statusText(TURN, EMPTY_VIEW, 5_000, words)),
  "a tool's name": (words) => tool({ name: words }),
  "a tool's input": (words) => tool({ input: words }),
  "a tool's output": (words) => tool({ output: words }),
  "a tool's output as a document": (words) => tool({ output: `${words}\n`.repeat(200) }),
  "a thought": (words) => payloads(composer.stepMessages(TURN, { type: "thought", text: words })),
  "an answer": (words) => answer({ answer: words }),
  "code in an answer": (words) =>
    answer({ answer: `\`${words}\`\n\n\`\`\`${words}\n${words}\n\`\`\`` }),
  "an answer as a document": (words) =>
    payloads(composer.answer({ ...CLOSING, answer: `${words} x\n\n`.repeat(200) }, "smart")),
  "an error of Claude's": (words) => answer({ answer: "", sentence: words }),
  "a command of Claude's": (words) => answer({ answer: "", command: words }),
  "what else an answer is for": (words) => answer({ turn: { ...TURN, also: [words] } }),
  "a background task": (words) => answer({ turn: { ...TURN, asked: false, reports: [words] } }),
  "a message that was interrupted": (words) =>
    payloads([composer.notice({ ...TARGET, text: "Interrupted", also: [words] })]),
  "a message that is held back": (words) => notice(words, { kind: "heldBack", job: 5, own: true }),
  "a silent process": (words) => notice(words, { kind: "silent", turn: "t1" }),
  "a sentence in a place": (words) => notice(words),
  "an alert": (words) => alert({ name: words }),
  "an alert's text": (words) => alert({ text: words }),
  "the day's summary": (words) =>
    payloads(noticeRows(
      { place: PLACE, text: digestText([{ ...REPORT, summary: words }], 0), about: null },
      [],
    )),
  "a report": (words) => say(renderReport({ ...REPORT, summary: words })),
  "a report's row": (words) => say(renderReport({ ...REPORT, rows: [row(words, words)] })),
  "a report's folded row": (words) =>
    say(
      renderReport({ ...REPORT, rows: Array.from({ length: 12 }, () => row(words, words, "ok")) }),
    ),
  "a report's line in /status": (words) => say(statusLine({ ...REPORT, summary: words })),
  "a command in /commands": (words) => say(commandList("lab", namedCommand(words, words, words))),
  "the model in /context": (words) =>
    say(contextText("lab", { model: words, tokens: 1, maxTokens: 2, parts: [] })),
  "a part in /context": (words) =>
    say(contextText("lab", {
      ...{ model: "m", tokens: 1, maxTokens: 2 },
      parts: [{ name: words, tokens: 1, kind: "used" }],
    })),
  "a button": (words) => say(concat("x"), keyboard(...row0(words))),
  "a toast": (words) => [{ callback_query_id: "1", text: words }],
  "a caption": (words) => [{ chat_id: 1, photo: "x", caption: words }],
  "a document's name": (words) => [documentDelivery({ name: words, text: "x" }, PLACE).payload],
  "a document's text": (words) => [documentDelivery({ name: "a.txt", text: words }, PLACE).payload],
  "an invitation to write": (words) => [{
    ...{ chat_id: 1, text: "Why not?" },
    reply_markup: { force_reply: true, input_field_placeholder: words },
  }],
  "a command in the menu": (words) => [{ commands: [{ command: "a", description: words }] }],
};

function notice(text: string, choice?: Choice): Payload[] {
  const told = { ...TARGET, text, ...(choice === undefined ? {} : { choice }) };
  return payloads([composer.notice(told)]);
}

function alert(change: Partial<AlertLine>): Payload[] {
  const text = alertText([{ ...ALERT, ...change }]);
  return payloads(noticeRows({ place: PLACE, text, about: { alert: 1 } }, []));
}

/** What a person sees of a payload: its text, its document, the words on its buttons. */
export function seen(payload: Payload): string {
  const { text, caption, document, reply_markup: markup, commands } = payload as {
    text?: string;
    caption?: string;
    document?: { name: string; text: string };
    reply_markup?: {
      inline_keyboard?: InlineKeyboardButton[][];
      input_field_placeholder?: string;
    };
    commands?: { description: string }[];
  };
  return [
    ...[text, caption, document?.name, document?.text, markup?.input_field_placeholder],
    ...(markup?.inline_keyboard ?? []).flat().map((each) => each.text),
    ...(commands ?? []).map(({ description }) => description),
  ].filter((part) => part !== undefined).join("\n");
}
