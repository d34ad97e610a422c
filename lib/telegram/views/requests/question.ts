import type { InlineKeyboardButton } from "grammy/types";
import { problemOf, type Question, type QuestionRequest } from "../../../claude/events.ts";
import { formHead, formTaps, needsDocument } from "./form.ts";
import { button } from "../../buttons.ts";
import type { Document } from "../../api/uploads.ts";
import { bold, concat, type FormattedText, italic, lines, pre } from "../../text/formatted.ts";
import { escapedCut, fits, readable, short } from "../../text/excerpt.ts";

/** How far a person has come with the questions of one request. */
export interface Progress {
  /** The answers to the first questions. */
  readonly given: readonly string[];
  /** What is ticked of the question on display, by its place among the options. */
  readonly picked: readonly number[];
}

export const BEGINNING: Progress = { given: [], picked: [] };

/** What a person did. Taps name their question: one that is not on display any more changes nothing. */
export type Choice =
  | { readonly act: "pick"; readonly question: number; readonly option: number }
  | { readonly act: "done" | "back" | "skip"; readonly question: number }
  | { readonly act: "text"; readonly text: string };

/** The progress after a choice; null when it is not one that can be made now. */
export function choose(
  request: QuestionRequest,
  progress: Progress,
  choice: Choice,
): Progress | null {
  const { given, picked } = progress;
  const at = given.length;
  const question = request.questions[at];
  if (question === undefined) return null;
  if (choice.act === "text") {
    const words = [...labels(question, picked), choice.text];
    return problemIn(request, progress, words) === null ? next(given, words) : null;
  }
  if (choice.question !== at) return null;
  if (choice.act === "skip") {
    return problemIn(request, progress, []) === null ? next(given, []) : null;
  }
  if (choice.act !== "pick") {
    if (choice.act === "back") return at === 0 ? null : { given: given.slice(0, -1), picked: [] };
    const fits = question.multiSelect && picked.length > 0 &&
      problemIn(request, progress, labels(question, picked)) === null;
    return fits ? next(given, labels(question, picked)) : null;
  }
  const option = question.options[choice.option];
  if (option === undefined) return null;
  if (!question.multiSelect) return next(given, [option.label]);
  const left = picked.filter((each) => each !== choice.option);
  return { given, picked: left.length < picked.length ? left : [...picked, choice.option] };
}

/** Why words are no answer to the question on display; only forms say what may be answered. */
export function problemIn(
  request: QuestionRequest,
  { given }: Progress,
  words: readonly string[],
): string | null {
  if (request.form === undefined) return null;
  if (request.form.fields.length > 0) return problemOf(request, given.length, words.join(", "));
  const labels = request.questions.flatMap(({ options }) => options.map(({ label }) => label));
  const said = words.join(", ").trim().toLowerCase();
  return labels.some((label) => label.toLowerCase() === said)
    ? null
    : "It has to be tapped. Your message was not passed on.";
}

const next = (given: readonly string[], words: readonly string[]): Progress => ({
  given: [...given, words.join(", ")], // Several choices are one string (facts of the CLI).
  picked: [],
});

const labels = ({ options }: Question, picked: readonly number[]) =>
  options.filter((_, index) => picked.includes(index)).map(({ label }) => label);

/** True when every question has its answer. */
export const isAnswered = (request: QuestionRequest, { given }: Progress): boolean =>
  given.length >= request.questions.length;

/** The answers as Claude gets them. */
export const answersOf = (request: QuestionRequest, { given }: Progress): Record<string, string> =>
  Object.fromEntries(
    request.questions.map(({ text }, index) => [
      request.form?.fields[index]?.name ?? text,
      given[index] ?? "",
    ]),
  );

/** The question on display, with its options as buttons; what is answered stands above it. */
export function questionShown(
  session: string,
  request: QuestionRequest,
  progress: Progress,
  id: number,
): { text: FormattedText; rows: InlineKeyboardButton[][] } {
  const at = progress.given.length;
  const question = request.questions[at]!;
  const count = request.questions.length > 1 ? ` · ${at + 1} of ${request.questions.length}` : "";
  const { form } = request;
  const isForm = form !== undefined && form.fields.length === 0;
  const text = lines(
    concat(bold(form === undefined ? `${session} asks` : `${session}: a form`), count),
    ...(form === undefined ? [] : formHead(form)),
    ...answered(request, progress),
    ...(isForm ? [] : [
      "",
      bold(escapedCut(question.text, CUT.text)),
      ...question.options.flatMap((option, index) => optionLines(option, index)),
      "",
      italic(howTo(question)),
    ]),
  );
  const rows = buttons(question, progress, id, form !== undefined && form.fields.length === 0);
  return { text, rows: form === undefined ? rows : [...rows, ...formTaps(form, at, id)] };
}

function howTo({ multiSelect, options }: Question): string {
  if (multiSelect) return "Tap all that fit, then Done. Or reply with your own answer.";
  return options.length === 0
    ? "Reply with your answer."
    : "Tap one, or reply with your own answer.";
}

/** Each question that was answered, and its answer. */
export const answered = (request: QuestionRequest, { given }: Progress): FormattedText[] =>
  given.map((answer, index) => {
    const { text = "" } = request.questions[index] ?? {};
    // A field's name; what explains it is below it.
    const asked = request.form === undefined
      ? short(text, 120)
      : `${short(text.split("\n", 1)[0]!, 120)}:`;
    return concat(`${asked} `, bold(short(answer) || "–"));
  });

function optionLines(option: Question["options"][number], index: number): FormattedText[] {
  const { label, description, preview } = option;
  const about = description === "" ? "" : ` – ${escapedCut(description, CUT.description)}`;
  const head = concat(`${index + 1}. `, bold(escapedCut(label, CUT.label)), about);
  return preview === "" ? [head] : [head, pre(escapedCut(preview, CUT.preview))];
}

/** Where texts of a question are cut: all together they fit into a message. */
const CUT = { text: 700, label: 80, description: 200, preview: 200 } as const;

/** The questions whole, where the message cannot hold them; else null. */
export function questionsDocument({ questions, form }: QuestionRequest): Document | null {
  const whole = questions.every(({ text, options }) =>
    fits(text, CUT.text) &&
    options.every(({ label, description, preview }) =>
      fits(label, CUT.label) && fits(description, CUT.description) && fits(preview, CUT.preview)
    )
  );
  if (form !== undefined && (!whole || needsDocument(form))) {
    return { name: "form.txt", text: readable({ ...form, questions }) };
  }
  return whole ? null : { name: "questions.txt", text: readable(questions) };
}

function buttons(
  question: Question,
  { given, picked }: Progress,
  request: number,
  tapsAlone: boolean,
) {
  const at = given.length;
  const tick = (index: number) => picked.includes(index) ? "☑ " : "☐ ";
  const options = question.options.map(({ label }, index) => [
    button(
      (question.multiSelect ? tick(index) : "") + (short(label, 60) || `Option ${index + 1}`),
      { do: "request.pick", request, question: at, option: index },
    ),
  ]);
  const done = question.multiSelect
    ? [button("Done", { do: "request.done", request, question: at })]
    : [];
  const back = at > 0 ? [button("‹ Back", { do: "request.back", request, question: at })] : [];
  if (tapsAlone) return options;
  return [...options, done, [...back, button("My own answer", { do: "request.write", request })]];
}
