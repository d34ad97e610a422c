import { type Choice, type Closing, type Output, type Turn } from "../../conversation/mod.ts";
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
  const extra = buttonsOf(closing.choice);
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

/** The buttons of what a person may do about something that they are told. */
export const buttonsOf = (choice: Choice | null): object =>
  choice === null ? {} : keyboard(rowOf(choice));

function rowOf(choice: Choice) {
  if (choice.kind === "silent") {
    return [button("End the process", { do: "lifecycle.end", turn: choice.turn })];
  }
  const { job } = choice;
  const again = button("Ask again", { do: "turn.again", job });
  const afresh = button("Start afresh", { do: "lifecycle.afresh", job });
  switch (choice.kind) {
    case "again":
      return [again];
    case "goOn":
      return [button("Continue", { do: "turn.continue", job }), again];
    case "parked":
      return [
        button("Go on", { do: "turn.continue", job }),
        button("Drop it", { do: "turn.dismiss", job }),
      ];
    case "lost":
      return [afresh];
    case "heldBack": // A conversation that the CLI cannot take up any more may crash it each time.
      return [
        button("Try again", { do: "lifecycle.try", job }),
        ...(choice.own ? [afresh] : []),
      ];
    case "overBudget":
      return [
        button("Run it", { do: "budget.run", job }),
        button("Not today", { do: "budget.drop", job }),
      ];
    default:
      return choice satisfies never;
  }
}

/** The sign before what is said of a turn that was not simply answered. */
const SIGNS: Readonly<Record<Closing["outcome"], string>> = {
  ...{ answered: "⚠️", failed: "⚠️", limit: "⚠️", interrupted: "⏹", parked: "⏸" },
};

function answerText(closing: Closing): FormattedText {
  const parts = [closing.answer];
  if (closing.sentence !== "") parts.push(`${SIGNS[closing.outcome]} ${closing.sentence}`);
  const text = renderMarkdown(parts.filter((part) => part.trim() !== "").join("\n\n"));
  const body = isVisible(text.text) ? text : wordless(closing);
  const head = heading(closing.turn);
  return head === null ? body : concat(head, "\n\n", body);
}

/** Words for commands of Claude Code that do their work without a word. */
const DONE: Readonly<Record<string, string>> = {
  clear: "The conversation begins anew.",
  compact: "The conversation was summed up.",
};

function wordless({ command }: Closing): FormattedText {
  if (command === undefined) return italic("Done, without a word.");
  const more = DONE[command];
  return concat(code(`/${command}`), ": done.", more === undefined ? "" : ` ${more}`);
}

/** Messages that are named; more would be a list. */
const NAMED = 5;

/** The first words of several messages, as a list. */
export function namesOf(words: readonly string[]): string {
  const named = words.slice(0, NAMED).map((each) => `“${each}”`).join(", ");
  return words.length > NAMED ? `${named} and ${words.length - NAMED} more` : named;
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
