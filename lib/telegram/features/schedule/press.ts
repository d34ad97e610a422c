import { OLD } from "../../buttons.ts";
import type { CallbackQuery } from "grammy/types";
import type { AlertTelling } from "../../../journal/mod.ts";
import type { Asker, Context, Pressed, Presses } from "../../context.ts";
import { askInSession, ONLY_FACTS } from "../homelab/press.ts";
import { when } from "../words.ts";
import { watchList } from "./watches.ts";

const HOUR = 3_600_000;
const DONE = () => "That was done already.";

/** The buttons below an alert, below what a watch found, and in the list of watches. */
export const SCHEDULE_PRESSES: Presses<"alert" | "finding" | "watch"> = {
  "alert.ask": investigate,
  "alert.hour": (context, _asker, { alert }) => mute(context, alert, HOUR),
  "alert.day": (context, _asker, { alert }) => mute(context, alert, 24 * HOUR),
  "finding.continue": goOn,
  "watch.pause": changeWatch("Paused", ({ watches }, id) => watches.change(id, { paused: true })),
  "watch.resume": changeWatch(
    "Goes on",
    ({ watches }, id) => watches.change(id, { paused: false }),
  ),
  "watch.remove": changeWatch("Removed", ({ watches }, id) => watches.remove(id)),
};

function mute({ journal, clock }: Context, alert: number, ms: number): Pressed {
  const telling = journal.alerts.telling(alert);
  if (telling === undefined) return { toast: OLD };
  const until = clock.now() + ms;
  journal.transaction(() => journal.alerts.mute(alert, until));
  const names = telling.lines.map(({ name }) => name).join(", ");
  return {
    toast: `Silent ${when(until, clock.now()).replace(/^(on|at)/, "until")} about ${names}`,
  };
}

/** The alert's facts as a prompt in the place's current session; once for each session and alert. */
async function investigate(
  context: Context,
  asker: Asker,
  { alert }: { readonly alert: number },
  query: CallbackQuery,
): Promise<Pressed> {
  const telling = context.journal.alerts.telling(alert);
  if (telling === undefined) return { toast: OLD };
  const text = "Switchboard's own checks of my homelab raised this alert:\n\n" +
    `${factsOf(telling)}\n\n${ONLY_FACTS}` +
    "Look into it: what is the state now, how urgent is it, what is the likely cause, and what is " +
    "the smallest repair? Change nothing without asking me.";
  return await askInSession(context, asker, query, { text, done: DONE });
}

const factsOf = ({ lines }: AlertTelling) =>
  lines.map(({ kind, level, title, name, text, from, to }) => {
    const state = kind === "trouble"
      ? level
      : kind === "gone"
      ? "no longer listed"
      : kind === "unstable"
      ? "unstable"
      : `${kind}, was ${level}`;
    const times = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    return `- ${title} / ${name}: ${state}: ${text} (${times})`;
  }).join("\n");

/** What a watch found as a prompt in the place's current session, once. */
async function goOn(
  context: Context,
  asker: Asker,
  { finding: id }: { readonly finding: number },
  query: CallbackQuery,
): Promise<Pressed> {
  const { watches } = context.journal;
  const finding = watches.finding(id);
  if (finding === undefined) return { toast: OLD };
  const text = `A watch that I set up (“${finding.task}”) found this at ` +
    `${new Date(finding.at).toISOString()}:\n\n${finding.text}\n\n${ONLY_FACTS}` +
    "Look into it and tell me what it means and what to do. Change nothing without asking me.";
  const take = () => watches.takeUp(id);
  return await askInSession(context, asker, query, { text, done: DONE, take });
}

/** A change of a watch by who set it up; the list shows it. */
function changeWatch(done: string, change: (journal: Context["journal"], id: number) => void) {
  return (
    context: Context,
    asker: Asker,
    { watch: id }: { readonly watch: number },
  ): Pressed => {
    const { journal, watching } = context;
    const watch = journal.watches.get(id);
    if (watch === undefined) return { toast: "There is no such watch any more." };
    if (watch.user !== asker.user) return { toast: "Only who set it up can change it." };
    change(journal, id);
    watching.changed();
    const { text: becomes, extra } = watchList(context, asker);
    return { toast: `${done}: watch ${id}`, becomes, extra };
  };
}
