import type { Report } from "../homelab/mod.ts";
import { byUrgency } from "../level.ts";
import type { Watch } from "../journal/mod.ts";
import { cut } from "../text.ts";

/** What a watch answers when there is nothing to say; its persona tells it so. */
const NOTHING = "NOTHING_FOUND";
const UNCHANGED = "NOTHING_NEW";

/** More would cost more than it tells. */
const MOST_FACTS = 4_000;

/** What is asked in one run of a watch. */
export function watchPrompt(
  { task, finding }: Pick<Watch, "task" | "finding">,
  facts: string,
): string {
  const known = finding === null ? [] : [
    `The last run found this, and the person knows it:\n\n${finding}`,
    `If that is still so and nothing is new, answer exactly ${UNCHANGED}.`,
  ];
  const seen = facts === "" ? [] : [`What Switchboard's own checks say now:\n\n${facts}`];
  return [
    `Check this, and nothing else: ${task}`,
    ...seen,
    ...known,
    `If there is nothing that the person has to know, answer exactly ${NOTHING}.`,
  ].join("\n\n");
}

/** What an answer means. Small models like to say more than the word: its last line counts. */
export function findingOf(answer: string): "nothing" | "unchanged" | { readonly text: string } {
  const text = answer.trim();
  const last = text.split("\n").at(-1)!.replace(/[^A-Z_]/gi, "");
  if (last === NOTHING) return "nothing";
  if (last === UNCHANGED) return "unchanged";
  return { text };
}

/** Reports as a model reads them, the worst rows first. */
export function reportFacts(reports: readonly Report[]): string {
  const lines = reports.flatMap(({ title, summary, rows }) => [
    `${title}: ${summary}`,
    ...[...rows]
      .sort(byUrgency)
      .map(({ level, name, text }) => `- ${level}: ${name}: ${text}`),
  ]);
  return cut(lines.join("\n"), MOST_FACTS);
}
