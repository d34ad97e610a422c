import type { Place } from "../../../journal/mod.ts";
import { type Metadata, SessionExistsError } from "../../../sessions/mod.ts";
import { button, keyboard } from "../../buttons.ts";
import type { Asker, Context, Pressed, Presses, Reply } from "../../context.ts";
import { bold, concat, type FormattedText, lines } from "../../text/formatted.ts";
import { promptsOf } from "../../incoming/incoming.ts";
import { addJob } from "../../incoming/jobs.ts";
import { grouped } from "../../incoming/message_groups.ts";

const BUTTONS_SHOWN = 8;
const ICONS: Record<Metadata["status"], string> = { active: "🟢", suspended: "🟡", idle: "⚪️" };

/** Makes a session current in a place, and gives it the prompts that waited there for one. */
export async function switchTo(context: Context, asker: Asker, session: string): Promise<Reply> {
  const before = await context.sessions.switch(session, asker.place);
  const { persona, output } = await context.sessions.get(session);
  context.outputs.learn(session, output);
  const released = releaseHeld(context, asker.place, session);
  context.warm(session);
  const from = before === null ? "" : ` (before: ${before})`;
  const waiting = released === 0
    ? ""
    : released === 1
    ? " The message that waited is on its way."
    : ` The ${released} messages that waited are on their way.`;
  return { text: concat("Now in ", bold(session), ` · ${persona}${from}.${waiting}`) };
}

/**
 * Turns the held prompts of a place into jobs, each its author's: whoever chooses the session there
 * chooses it for all. @returns how many there were.
 */
export function releaseHeld(context: Context, place: Place, session: string): number {
  const { journal, conversations } = context;
  const held = promptsOf(journal.updates.heldIn(place));
  if (held.length === 0) return 0;
  journal.transaction(() => {
    for (const prompts of Map.groupBy(held, ({ asker }) => asker.user).values()) {
      for (const group of grouped(prompts)) addJob(context, group, session);
    }
  });
  conversations.wake(session);
  return held.length;
}

/** The sessions, newest activity first, with a button each. */
export async function sessionList(context: Context, asker: Asker): Promise<Reply> {
  const { sessions, broken } = await context.sessions.list();
  if (sessions.length === 0 && broken.length === 0) {
    return {
      text: lines("There is no session yet. Make one with /new <name>, or tap:"),
      ...extra([[button("New session: default", { do: "session.make-default" })]]),
    };
  }
  const current = await context.sessions.active(asker.place);
  const now = context.clock.now();
  const rows = sessions.map((session) => sessionLine(session, current, now));
  const damaged = broken.map(({ error }) => `⚠️ ${error.message}`);
  return {
    text: lines(bold("Sessions"), ...rows, ...damaged),
    ...extra(switchButtons(sessions.filter(({ name }) => name !== current))),
  };
}

/** What is asked when a prompt arrives and no session is current: nothing of it is lost. */
export async function askForSession(context: Context): Promise<Reply> {
  const { sessions } = await context.sessions.list();
  const rows = switchButtons(sessions.slice(0, 6));
  if (!sessions.some(({ name }) => name === "default")) {
    rows.unshift([button("New session: default", { do: "session.make-default" })]);
  }
  return {
    text: lines("Which session is this for? Your message is kept and runs after the tap."),
    ...extra(rows),
  };
}

const extra = (rows: Parameters<typeof keyboard>) => ({ extra: keyboard(...rows) });

function switchButtons(sessions: readonly Metadata[]) {
  const buttons = sessions.slice(0, BUTTONS_SHOWN).map(({ name }) =>
    button(name, { do: "session.switch", session: name })
  );
  // Two in a row: a thumb hits them, and most names fit.
  return Array.from(
    { length: Math.ceil(buttons.length / 2) },
    (_, row) => buttons.slice(row * 2, row * 2 + 2),
  );
}

function sessionLine(session: Metadata, current: string | null, now: number): FormattedText {
  const { name, persona, status, last_active } = session;
  const here = name === current ? " ← here" : "";
  return concat(
    `${ICONS[status]} `,
    bold(name),
    ` · ${persona} · ${ago(now - Date.parse(last_active))}${here}`,
  );
}

/** 5 min ago, in the largest unit that says something. */
export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

export const SESSION_PRESSES: Presses<"session"> = {
  "session.switch": (context, asker, { session }) => changed(context, asker, session),
  async "session.make-default"(context, asker) {
    await makeDefault(context);
    return await changed(context, asker, "default");
  },
};

async function changed(context: Context, asker: Asker, session: string): Promise<Pressed> {
  const { text } = await switchTo(context, asker, session);
  return { toast: `Now in ${session}`, becomes: text };
}

/** Makes the default session, unless it is there: two may tap at the same time. */
async function makeDefault({ sessions }: Context): Promise<void> {
  try {
    await sessions.create("default");
  } catch (error) {
    if (!(error instanceof SessionExistsError)) throw error;
  }
}
