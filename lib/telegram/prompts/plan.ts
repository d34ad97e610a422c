import type { PlanAsk } from "../../claude/events.ts";
import { button } from "../buttons.ts";
import { escapeText } from "../escape.ts";
import { bold, concat, expandable, type FormattedText, italic, lines } from "../formatted.ts";
import { renderMarkdown } from "../markdown.ts";
import { splitText } from "../split.ts";
import type { PlainAct } from "./action.ts";
import { moreBelow } from "./excerpt.ts";
import type { Shown } from "./shown.ts";

/** A plan that fits into one message is shown whole, of a longer one the beginning. */
const WHOLE = 3_500;
const HEAD = 2_500;

/** A plan as Claude wrote it, rendered, and what to do with it. */
export function planShown(session: string, { plan }: PlanAsk, id: number): Shown {
  const head = bold(`${session} has a plan`);
  const rendered = renderMarkdown(escapeText(plan)); // First: nothing of it may be left out.
  const pieces = splitText(rendered, rendered.text.length > WHOLE ? HEAD : WHOLE);
  const [first, ...more] = pieces;
  const text = first === undefined
    ? lines(head, "", italic("Claude gave no text for it."))
    : more.length === 0
    ? lines(head, "", first)
    : lines(head, "", first, "", italic(moreBelow(1)));
  const tap = (label: string, act: PlainAct) => button(label, { do: "prompt", prompt: id, act });
  const rows = [
    [tap("Start", "start")],
    [tap("Start and accept edits", "start-edits")],
    [tap("Keep planning", "revise")],
  ];
  return { text, rows, document: more.length === 0 ? null : { name: "plan.md", text: plan } };
}

/** A plan that was settled: how, and the plan behind a tap. */
export function planFolded({ plan }: PlanAsk, words: string): FormattedText {
  const [first] = splitText(renderMarkdown(escapeText(plan)), WHOLE);
  const head = concat("The plan: ", bold(words));
  return first === undefined ? head : lines(head, expandable({ text: first.text, entities: [] }));
}
