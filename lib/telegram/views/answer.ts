import type { Closing, Output, Turn } from "../../conversation/mod.ts";
import type { NewDelivery } from "../../journal/mod.ts";
import { withoutAnsi } from "../../text.ts";
import { button, keyboard } from "../buttons.ts";
import { deliveries } from "../outbox/compose.ts";
import { documentDelivery } from "../api/uploads.ts";
import { code, concat, type FormattedText, italic } from "../text/formatted.ts";
import { headOf, renderMarkdown } from "../text/markdown.ts";
import { isVisible } from "../text/split.ts";

/** In `smart` mode a longer answer is a head in the chat and a file. */
const SMART_LIMIT = 2_500;

/** The end of a turn as messages: its answer, and what has to be said of it. */
export function answer(closing: Closing, output: Output = "normal"): NewDelivery[] {
  const { turn } = closing;
  const extra = buttonsOf(closing);
  const target = { place: turn.place, replyTo: turn.replyTo };
  const options = { subject: turn.id, extra };
  const text = withoutAnsi(closing.answer);
  const whole = text.trim();
  if (output !== "smart" || whole.length <= SMART_LIMIT) {
    return deliveries(answerText(closing), target, options);
  }
  const name = `${turn.session}-answer.md`;
  const head = headOf(whole, SMART_LIMIT);
  const message = concat(
    answerText({ ...closing, answer: head }),
    italic(`\n\n… ${whole.length - head.length} more characters; the whole is in ${name}.`),
  );
  const file = documentDelivery({ name, text }, turn.place, { subject: turn.id });
  return [...deliveries(message, target, options), file];
}

function buttonsOf({ again: job, cutOff, lost, parked }: Closing): object {
  if (job === null) return {};
  if (parked) {
    return keyboard([
      button("Go on", { do: "turn.continue", job }),
      button("Drop it", { do: "turn.dismiss", job }),
    ]);
  }
  if (lost) return keyboard([button("Start afresh", { do: "lifecycle.afresh", job })]);
  const again = button("Ask again", { do: "turn.again", job });
  return keyboard(cutOff ? [button("Continue", { do: "turn.continue", job }), again] : [again]);
}

function answerText(closing: Closing): FormattedText {
  const parts = [closing.answer];
  if (closing.sentence !== "") {
    const sign = closing.parked ? "⏸" : closing.outcome === "interrupted" ? "⏹" : "⚠️";
    parts.push(`${sign} ${closing.sentence}`);
  }
  const text = renderMarkdown(parts.filter((part) => part.trim() !== "").join("\n\n"));
  const body = isVisible(text.text) ? text : wordless(closing);
  const head = heading(closing.turn);
  return head === null ? body : concat(head, "\n\n", body);
}

/** What some commands of Claude Code do without saying so. */
const DONE: Readonly<Record<string, string>> = {
  clear: "The conversation begins anew.",
  compact: "The conversation was summed up.",
};

function wordless({ command }: Closing): FormattedText {
  if (command === undefined) return italic("Done, without a word.");
  const more = DONE[command];
  return concat(code(`/${command}`), ": done.", more === undefined ? "" : ` ${more}`);
}

/** What an answer that is for several messages says of the others; more would be a list. */
const NAMED = 5;

/** The first words of several messages, as a list. */
export function namesOf(also: readonly string[]): string {
  const named = also.slice(0, NAMED).map((words) => `“${words}”`).join(", ");
  return also.length > NAMED ? `${named} and ${also.length - NAMED} more` : named;
}

/** What has to be said about an answer before it: what it is for, or that nobody asked. */
export function heading(turn: Turn): FormattedText | null {
  if (turn.asked) {
    const late = turn.away ? ["Received while I was away."] : [];
    const words = turn.also.length > 0 ? [...late, `Answers also: ${namesOf(turn.also)}`] : late;
    return words.length === 0 ? null : italic(words.join("\n"));
  }
  if (turn.continues !== undefined) return italic(turn.continues);
  const tasks = (turn.reports ?? []).map((task) => `'${withoutAnsi(task)}'`);
  if (tasks.length === 0) return italic(`${turn.session}: a background task reports`);
  const [last, ...others] = tasks.reverse();
  return italic(
    others.length === 0
      ? `${turn.session}: background task ${last} reports`
      : `${turn.session}: background tasks ${others.reverse().join(", ")} and ${last} report`,
  );
}
