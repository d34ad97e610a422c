import { startOfDay } from "../../../conversation/mod.ts";
import type { Spent, WindowRow } from "../../../journal/mod.ts";
import type { Command, Context } from "../../context.ts";
import { bold, concat, type FormattedText, lines, type Part } from "../../text/formatted.ts";
import { bar, tokens, when } from "../words.ts";

/** Monday's midnight before `now`, in this machine's time zone. */
export function startOfWeek(now: number): number {
  const day = new Date(startOfDay(now));
  day.setDate(day.getDate() - (day.getDay() + 6) % 7);
  return day.getTime();
}

const money = (usd: number) => `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;

const spentLine = ({ costUsd, inputTokens, outputTokens }: Spent) =>
  `${money(costUsd)} · ${tokens(inputTokens)} in, ${tokens(outputTokens)} out`;

/** What a span of time cost, by model where there was more than one. */
function section(
  context: Context,
  title: FormattedText,
  which: { session?: string; since?: number },
): Part[] {
  const { spending } = context.journal;
  const total = spending.total(which);
  if (total.turns === 0) return [concat(title, ": nothing")];
  const turns = total.turns === 1 ? "1 turn" : `${total.turns} turns`;
  const models = spending.byModel(which);
  return [
    concat(title, `: ${spentLine(total)} · ${turns}`),
    ...models.map(({ model, ...spent }) => `   ${model}: ${spentLine(spent)}`),
  ];
}

function budgetLines({ journal, rules, clock }: Context): Part[] {
  const budget = rules.budgetUsdPerDay;
  if (budget === null) return [];
  const { costUsd } = journal.spending.total({ since: startOfDay(clock.now()) });
  return [
    "",
    concat(bold("Budget today"), `: ${money(costUsd)} of $${budget}`),
    bar(costUsd / budget),
  ];
}

const NAMES: Readonly<Record<string, string>> = {
  five_hour: "5 hours",
  seven_day: "7 days",
  seven_day_opus: "7 days, Opus",
  seven_day_sonnet: "7 days, Sonnet",
};

function windowLines(window: WindowRow, now: number): Part[] {
  const name = NAMES[window.name] ?? window.name.replaceAll("_", " ");
  if (window.resetsAt !== null && window.resetsAt <= now) {
    return [concat(bold(name), ": reset since the last report")];
  }
  const reset = window.resetsAt === null ? "" : `, resets ${when(window.resetsAt, now)}`;
  const state = window.state === "reached" ? ", reached" : "";
  if (window.used === null) return [concat(bold(name), `${state || ": in use"}${reset}`)];
  return [
    concat(bold(name), `: ${Math.round(window.used * 100)} %${state}${reset}`),
    bar(window.used),
  ];
}

/** What was spent in this session, today and this week, and how far the subscription is used. */
export const USAGE: Command = {
  name: "usage",
  description: "What it cost: session, today, week",
  repeatable: true,
  async run(context, asker) {
    const now = context.clock.now();
    const session = await context.sessions.active(asker.place);
    const windows = context.journal.spending.windows();
    const ofSession = session === null
      ? []
      : [...section(context, concat("Session ", bold(session)), { session }), ""];
    const subscription = windows.length === 0
      ? []
      : ["", bold("Subscription"), ...windows.flatMap((window) => windowLines(window, now))];
    return {
      text: lines(
        ...ofSession,
        ...section(context, bold("Today"), { since: startOfDay(now) }),
        "",
        ...section(context, bold("This week"), { since: startOfWeek(now) }),
        ...budgetLines(context),
        ...subscription,
      ),
    };
  },
};
