import type { Attempt } from "../checker/evidence.ts";
import type { Outcome } from "./simulation.ts";
import type { Script } from "./script.ts";

/** What happened, for whoever looks for the cause. */
export function story(script: Script, { evidence, violations, lives, events }: Outcome): string {
  const first = evidence.attempts[0]?.at ?? 0;
  return [
    `seed ${script.seed}: ${lives} lives of the program, ${events} events`,
    `climate ${JSON.stringify(script.climate)}`,
    `sessions ${JSON.stringify(script.sessions)}`,
    ...script.actions.map((action) => `  ${JSON.stringify(action)}`),
    "sent:",
    ...evidence.sent.map((sent) => `  ${JSON.stringify(sent)}`),
    "calls:",
    ...evidence.attempts.filter(isNews).map((attempt) => {
      const { at, kind, chat, messageId, replyTo, executed, known, text } = attempt;
      const fate = `${executed ? "done" : "not done"}, known: ${known}`;
      const words = JSON.stringify(text.slice(0, 120));
      return `  ${at - first} ${kind} ${chat}#${messageId} re ${replyTo} (${fate}) ${words}`;
    }),
    "prompts:",
    ...evidence.prompts.map(({ uuid, session, text }) =>
      `  ${uuid} ${session} ${JSON.stringify(text.slice(0, 120))}`
    ),
    "turns:",
    ...evidence.turns.map(({ uuids, end, texts }) =>
      `  ${uuids.join(" ")} ${end} ${JSON.stringify(texts.join(" / ").slice(0, 120))}`
    ),
    "presses:",
    ...evidence.presses.map((press) => `  ${JSON.stringify(press)}`),
    violations.length === 0 ? "nothing is wrong" : "WRONG:",
    ...violations.map(({ rule, words }) => `  ${rule}: ${words}`),
  ].join("\n");
}

/** Of the edits of one message in a row the last tells enough. */
function isNews({ kind, messageId }: Attempt, index: number, all: readonly Attempt[]): boolean {
  const next = all[index + 1];
  return kind !== "edit" || next?.kind !== "edit" || next.messageId !== messageId;
}
