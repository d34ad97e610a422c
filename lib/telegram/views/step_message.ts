import type { StepEvent, Turn } from "../../conversation/mod.ts";
import { type NewDelivery, PRIORITY } from "../../journal/mod.ts";
import { cut, withoutAnsi } from "../../text.ts";
import { deliveries } from "../outbox/compose.ts";
import { documentDelivery } from "../api/uploads.ts";
import { bold, expandable, type FormattedText, italic, lines, pre } from "../text/formatted.ts";

/** What of an input and of an output stands in the message itself; the whole is in a file then. */
const INPUT_SHOWN = 900;
const OUTPUT_SHOWN = 2_400;
/** A longer output is folded: the next message should be in sight. */
const FOLD_AT = 400;

const MARKS = { running: "…", done: "✓", failed: "✗ failed", denied: "✗ denied" } as const;

/** A finished tool call with input and output, or a thought: one silent message, long ones with a file. */
export function stepMessages(turn: Turn, event: StepEvent): NewDelivery[] {
  return event.type === "thought" ? thought(turn, withoutAnsi(event.text)) : toolCall(turn, event);
}

function thought(turn: Turn, text: string): NewDelivery[] {
  const shown = cut(text, OUTPUT_SHOWN + INPUT_SHOWN);
  const message = lines(italic("💭 Thinking"), folded(shown));
  return withFile(turn, message, shown === text ? null : { name: "thinking.txt", text });
}

function toolCall(turn: Turn, call: Extract<StepEvent, { type: "tool" }>): NewDelivery[] {
  const { name, state, summary, input = "" } = call;
  const output = withoutAnsi(call.output ?? "");
  const shownInput = cut(input, INPUT_SHOWN);
  const shownOutput = cut(output.trimEnd(), OUTPUT_SHOWN);
  const message = lines(
    bold(`🔧 ${name} ${MARKS[state]}`),
    shownInput === "" ? summary : pre(shownInput),
    shownOutput === "" ? italic("No output.") : folded(shownOutput),
  );
  const whole = shownInput === input && shownOutput === output.trimEnd();
  const text = `${summary}\n\n--- input\n${input}\n\n--- output\n${output}\n`;
  return withFile(turn, message, whole ? null : { name: `${name.replace(/\W+/g, "_")}.txt`, text });
}

const folded = (text: string): FormattedText =>
  text.length > FOLD_AT ? expandable({ text, entities: [] }) : pre(text);

function withFile(
  turn: Turn,
  message: FormattedText,
  file: { name: string; text: string } | null,
): NewDelivery[] {
  const { place } = turn;
  const options = { priority: PRIORITY.stepMessage, subject: turn.id };
  const messages = deliveries(message, { place, replyTo: null, silent: true }, options);
  return file === null ? messages : [...messages, documentDelivery(file, place, options)];
}
