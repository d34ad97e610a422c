/** The line under a message that was written while Claude waits for an answer to something else. */
import type { ClaudeRequest } from "../../../claude/events.ts";
import { type BareAnswer, bareAnswer, wordsOf } from "../../../conversation/mod.ts";
import type { Job, OpenRequest } from "../../../journal/mod.ts";
import { button } from "../../buttons.ts";
import { concat, type FormattedText } from "../../text/formatted.ts";
import { short } from "../../text/excerpt.ts";

/** More requests at once have no buttons here: they have their own above. */
const MOST = 5;

/** The words of the line, with what becomes of the message when nothing is tapped. */
export function requestText({ text }: Job, requests: readonly OpenRequest[]): FormattedText {
  const several = requests.length > 1;
  const waits = several ? `your answer to ${requests.length} things` : "your tap above";
  const bare = bareAnswer(text);
  return concat(
    `⏳ Claude waits for ${waits}. `,
    bare === null
      ? `Your words: “${wordsOf(text)}”${
        several ? " What are they for?" : ""
      } If you tap nothing, Claude gets them after this turn.`
      : `“${bare}” alone does nothing, and is dropped when that is over.${
        several ? " What is it for?" : ""
      }`,
  );
}

export function requestButtons(job: Job, requests: readonly OpenRequest[]) {
  const bare = bareAnswer(job.text);
  const rows = requests.slice(0, MOST).map((request) =>
    answersTo(job, request, requests.length > 1 ? `: ${short(request.summary, 30)}` : "", bare)
  );
  const drop = button("Drop", { do: "queue.cancel", job: job.id });
  if (bare !== null) return [...rows, [drop]];
  return [...rows, [button("Keep for after this turn", { do: "queue.later", job: job.id }), drop]];
}

/** The buttons that say the message to a request. A yes allows it and a no denies it only by a tap. */
function answersTo({ id: job }: Job, open: OpenRequest, name: string, bare: BareAnswer | null) {
  const { kind } = open.request as ClaudeRequest;
  const say = (label: string, how: "say" | "yes" | "no") =>
    button(`${label}${name}`, { do: `queue.${how}`, job, request: open.id });
  if (kind === "question") return [say("Answer with these words", "say")];
  const plan = kind === "plan";
  if (bare === null) {
    return [say(plan ? "Send the plan back with these words" : "Deny with these words", "say")];
  }
  const no = say(plan ? "Send it back" : "Deny", "no");
  return bare === "no" ? [no] : [say(plan ? "Start" : "Allow once", "yes"), no];
}
