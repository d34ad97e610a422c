import { elapsed } from "../../units.ts";
import type { Step, Turn, TurnView } from "../../conversation/mod.ts";
import { withoutAnsi } from "../../text.ts";
import {
  bold,
  concat,
  expandable,
  type FormattedText,
  italic,
  lines,
  type Part,
} from "../text/formatted.ts";
import { renderMarkdown } from "../text/markdown.ts";

const STEPS_SHOWN = 8;
/** How much of the provisional text is shown: its end, since that is what moves. */
const DRAFT_SHOWN = 1_500;
const MARKS: Record<Step["state"], string> = { running: "▸", done: "✓", failed: "✗", denied: "⊘" };
const PHASES: Record<TurnView["phase"], string> = {
  waiting: "starting",
  working: "working",
  asking: "waiting for you",
  done: "done",
};

/**
 * The running turn at a glance: who, how long, the last steps, the provisional text. `about` names
 * persona and model where they are news.
 */
export function statusText(turn: Turn, view: TurnView, now: number, about = ""): FormattedText {
  const hidden = view.steps.length - STEPS_SHOWN;
  const text = provisional(view);
  return lines(
    concat(bold(turn.session), ` · ${PHASES[view.phase]} · ${elapsed(now - turn.startedAt)}`),
    ...(about === "" ? [] : [about]),
    ...(hidden > 0 ? [italic(`… ${hidden} earlier steps`)] : []),
    ...view.steps.slice(-STEPS_SHOWN).map(stepLine),
    ...(view.notice === "" ? [] : [italic(withoutAnsi(view.notice))]),
    ...(text.text === "" ? [] : ["" as Part, text]),
  );
}

/** The folded status message of a turn: its steps, behind a tap. */
export function foldedText(turn: Turn, view: TurnView, now: number): FormattedText {
  const count = view.steps.length === 1 ? "1 step" : `${view.steps.length} steps`;
  const list = tail(view.steps.map(stepLine).join("\n"), 3_500);
  return lines(
    concat(bold(turn.session), ` · ${count} · ${elapsed(now - turn.startedAt)}`),
    expandable({ text: list, entities: [] }),
  );
}

const stepLine = ({ summary, state }: Step) => `${MARKS[state]} ${withoutAnsi(summary)}`;

/** The end of what is written so far, with its formatting; a fence that was cut is opened again. */
function provisional(view: TurnView): FormattedText {
  const written = withoutAnsi([view.messages.at(-1) ?? "", view.draft].join("\n\n")).trim();
  const shown = tail(written, DRAFT_SHOWN);
  const before = written.slice(0, written.length - shown.length);
  const inFence = (before.match(/^ {0,3}(```|~~~)/gm)?.length ?? 0) % 2 === 1;
  return renderMarkdown(inFence && shown !== written ? "```\n" + shown : shown);
}

/** The end of a text, from the start of a line where that is near. */
function tail(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(-limit).replace(/^[\udc00-\udfff]/, "");
  const line = cut.indexOf("\n");
  return `…${line >= 0 && line < 200 ? cut.slice(line) : cut}`;
}
