import type { Line } from "./wire.ts";

/** Whether an answer lets Claude go on. */
export function isYes(response: unknown): boolean {
  const { behavior, action } = Object(response) as Line;
  return behavior === "allow" || action === "accept";
}

/** What a person said in the answer to a request: a denial's reason, the answers to questions or a form. */
export function wordsGiven(response: unknown): string {
  const { message, updatedInput, content } = Object(response) as Line;
  const { answers, response: said } = Object(updatedInput) as Line;
  const values = [
    message,
    said,
    ...[answers, content].flatMap((all) => Object.values(Object(all))),
  ];
  return values.filter((each) => typeof each === "string").join("\n");
}
