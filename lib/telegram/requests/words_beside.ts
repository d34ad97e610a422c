/** The line under a message that was written while Claude waits for an answer to something else. */
import type { ClaudeRequest } from "../../claude/events.ts";
import { wordsOf } from "../../conversation/mod.ts";
import type { Job, OpenRequest } from "../../journal/mod.ts";
import { button } from "../buttons.ts";
import { concat, type FormattedText } from "../text/formatted.ts";
import { short } from "../text/excerpt.ts";
import { isYes } from "./reply.ts";

/** More requests at once have no buttons here: they have their own above. */
const MOST = 5;

export function requestText(job: Job, requests: readonly OpenRequest[]): FormattedText {
  const words = `Your words: “${wordsOf(job.text)}”`;
  return concat(
    requests.length === 1
      ? `⏳ Claude waits for your tap above. ${words}`
      : `⏳ Claude waits for your answer to ${requests.length} things. ${words} What are they for?`,
  );
}

/** What may be done with the words; they run after the turn when nothing is tapped. */
export function requestButtons({ id: job, text }: Job, requests: readonly OpenRequest[]) {
  const [only] = requests;
  const later = button("Keep for after this turn", { do: "queue.later", job });
  if (only !== undefined && requests.length === 1 && isYes(text) && kindOf(only) !== "question") {
    const yes = kindOf(only) === "plan" ? "Start" : "Allow once";
    return [[
      button(yes, { do: "queue.yes", job, request: only.id }),
      button("Deny", { do: "queue.no", job, request: only.id }),
    ]];
  }
  const rows = requests.slice(0, MOST).map((request) => {
    const label = labelOf(request, requests.length > 1);
    return [button(label, { do: "queue.say", job, request: request.id })];
  });
  return [...rows, [later]];
}

const kindOf = ({ request }: OpenRequest) => (request as ClaudeRequest).kind;

function labelOf(request: OpenRequest, several: boolean): string {
  const name = several ? `: ${short(request.summary, 30)}` : "";
  switch (kindOf(request)) {
    case "question":
      return `Answer with these words${name}`;
    case "plan":
      return `Send the plan back with these words${name}`;
    case "permission":
      return `Deny with these words${name}`;
  }
}
