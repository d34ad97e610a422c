import type { ContextUsage } from "../../../claude/events.ts";
import type { Command } from "../../context.ts";
import { bold, concat, type FormattedText, italic, lines } from "../../text/formatted.ts";
import { inSession } from "../in_session.ts";
import { bar, tokens } from "../words.ts";

/** The conversation's size: a bar, then what takes how much. */
export function contextText(session: string, usage: ContextUsage): FormattedText {
  const { model, tokens: used, maxTokens, parts } = usage;
  const percent = maxTokens === 0 ? 0 : used / maxTokens * 100;
  const ofKind = (...kinds: string[]) =>
    parts.filter(({ kind, tokens }) => kinds.includes(kind) && tokens > 0)
      .sort((a, b) => b.tokens - a.tokens)
      .map(({ name, tokens: count }) => concat(`• ${name}: `, bold(tokens(count))));
  const rest = ofKind("buffer", "free");
  return lines(
    concat("Context of ", bold(session), model === "" ? "" : ` · ${model}`),
    bar(percent / 100),
    `${tokens(used)} of ${tokens(maxTokens)} tokens, ${
      percent < 1 ? "under 1" : Math.round(percent)
    } %`,
    "",
    ...ofKind("used"),
    ...(rest.length > 0 ? ["", ...rest] : []),
    "",
    italic("An estimate. /compact sums it up, /clear begins anew."),
  );
}

export const CONTEXT: Command = {
  name: "context",
  description: "How full the conversation is",
  repeatable: true,
  run: inSession(async ({ claude }, _asker, session) => {
    const wasAlive = claude.alive(session);
    await claude.start(session);
    const usage = await claude.contextUsage(session);
    if (usage === null) {
      return { text: lines("Claude Code did not say how full it is. Please try again.") };
    }
    const text = contextText(session, usage);
    return { text: wasAlive ? text : lines(text, italic("Its process was started to say this.")) };
  }),
};
