import type { PlanRequest } from "../../../claude/events.ts";
import { button } from "../../buttons.ts";
import { escapeText } from "../../text/escape.ts";
import {
  bold,
  concat,
  expandable,
  type FormattedText,
  italic,
  lines,
} from "../../text/formatted.ts";
import { withAddresses } from "../../text/links.ts";
import { renderMarkdown, saysAll } from "../../text/markdown.ts";
import { splitText } from "../../text/split.ts";
import { moreAbove } from "../../text/excerpt.ts";
import type { Shown } from "./detail.ts";

/** A plan that fits into one message is shown whole, of a longer one the beginning. */
const WHOLE = 3_500;
const HEAD = 2_500;

const HIDDEN = "Not all of its source is seen here: see the document above.";

/**
 * A plan as Claude wrote it, rendered, and what to do with it. Claude follows the source: where that
 * says more than is seen, it comes along.
 */
export function planShown(session: string, { plan }: PlanRequest, id: number): Shown {
  const head = bold(`${session} has a plan`);
  const rendered = withAddresses(renderMarkdown(escapeText(plan))); // Nothing is left out.
  const pieces = splitText(rendered, rendered.text.length > WHOLE ? HEAD : WHOLE);
  const [first, ...more] = pieces;
  const whole = saysAll(plan, rendered);
  const note = more.length > 0 ? moreAbove(1) : whole ? null : HIDDEN;
  const text = lines(
    head,
    "",
    first ?? italic("Claude gave no text for it."),
    ...(note === null ? [] : ["", italic(note)]),
  );
  const tap = (label: string, act: "start" | "start-edits" | "revise") =>
    button(label, { do: `request.${act}`, request: id });
  const rows = [
    [tap("Start", "start")],
    [tap("Start and accept edits", "start-edits")],
    [tap("Keep planning", "revise")],
  ];
  return { text, rows, document: note === null ? null : { name: "plan.md", text: plan } };
}

/** A plan that was settled: how, and the plan behind a tap. */
export function planFolded({ plan }: PlanRequest, words: string): FormattedText {
  const [first] = splitText(renderMarkdown(escapeText(plan)), WHOLE);
  const head = concat("The plan: ", bold(words));
  return first === undefined ? head : lines(head, expandable({ text: first.text, entities: [] }));
}
