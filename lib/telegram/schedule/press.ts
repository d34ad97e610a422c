import type { CallbackQuery } from "grammy/types";
import { type AlertTelling, PRIORITY } from "../../journal/mod.ts";
import type { Asker, Context } from "../context.ts";
import { ONLY_FACTS } from "../homelab/press.ts";
import { when } from "../info/words.ts";
import { edit } from "../previews.ts";
import { OLD } from "../prompts/press.ts";
import type { ScheduleAction } from "./action.ts";
import { watchList } from "./watches.ts";

const HOUR = 3_600_000;
const MUTES = { hour: HOUR, day: 24 * HOUR } as const;

interface Pressed {
  readonly toast: string;
}

/** Serves a button below an alert, below what a watch found, or in the list of watches. */
export async function pressedSchedule(
  context: Context,
  asker: Asker,
  action: ScheduleAction,
  query: CallbackQuery,
): Promise<Pressed> {
  switch (action.act) {
    case "ask":
      return await investigate(context, asker, action.alert, query);
    case "hour":
    case "day":
      return mute(context, action.alert, MUTES[action.act]);
    case "continue":
      return await goOn(context, asker, action.finding, query);
    case "pause":
    case "resume":
    case "remove":
      return changeWatch(context, asker, action, query);
    default:
      return action satisfies never;
  }
}

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
  alert: number,
  query: CallbackQuery,
): Promise<Pressed> {
  const telling = context.journal.alerts.telling(alert);
  if (telling === undefined) return { toast: OLD };
  const text = "Switchboard's own checks of my homelab raised this alert:\n\n" +
    `${factsOf(telling)}\n\n${ONLY_FACTS}` +
    "Look into it: what is the state now, how urgent is it, what is the likely cause, and what is " +
    "the smallest repair? Change nothing without asking me.";
  return await ask(context, asker, text, query, () => true);
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
  id: number,
  query: CallbackQuery,
): Promise<Pressed> {
  const { watches } = context.journal;
  const finding = watches.finding(id);
  if (finding === undefined) return { toast: OLD };
  const text = `A watch that I set up (“${finding.task}”) found this at ` +
    `${new Date(finding.at).toISOString()}:\n\n${finding.text}\n\n${ONLY_FACTS}` +
    "Look into it and tell me what it means and what to do. Change nothing without asking me.";
  return await ask(context, asker, text, query, () => watches.takeUp(id));
}

async function ask(
  { journal, sessions, conversations, clock }: Context,
  { place, user }: Asker,
  text: string,
  { message }: CallbackQuery,
  take: () => boolean,
): Promise<Pressed> {
  const session = await sessions.active(place);
  if (session === null) return { toast: "There is no session here yet: /new <name> makes one." };
  const messageId = message?.message_id ?? null;
  const added = journal.transaction(() => {
    const last = journal.jobs.latest(session);
    if (last?.messageId === messageId && last.text === text) return false; // A second tap.
    if (!take()) return false;
    journal.jobs.add({ session, place, user, messageId, text, away: false }, clock.now());
    return true;
  });
  if (!added) return { toast: "That was done already." };
  conversations.wake(session);
  return { toast: `Asking in ${session}` };
}

const DONE = { pause: "Paused", resume: "Goes on", remove: "Removed" } as const;

function changeWatch(
  context: Context,
  asker: Asker,
  action: Extract<ScheduleAction, { act: "pause" | "resume" | "remove" }>,
  { message }: CallbackQuery,
): Pressed {
  const { journal, watching, outbox } = context;
  const watch = journal.watches.get(action.watch);
  if (watch === undefined) return { toast: "There is no such watch any more." };
  if (watch.user !== asker.user) return { toast: "Only who set it up can change it." };
  if (action.act === "remove") journal.watches.remove(watch.id);
  else journal.watches.change(watch.id, { paused: action.act === "pause" });
  watching.changed();
  if (message !== undefined) {
    const { chat } = asker.place;
    const { text, extra } = watchList(context, asker);
    outbox.offer(chat, {
      key: `message:${message.message_id}`,
      priority: PRIORITY.edit,
      notBefore: 0,
      keep: true,
      call: () => edit(chat, message.message_id, text, extra),
    });
  }
  return { toast: `${DONE[action.act]}: watch ${watch.id}` };
}
