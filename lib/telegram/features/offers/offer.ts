import type { Clock } from "../../../clock.ts";
import type { Journal, Place } from "../../../journal/mod.ts";
import { logger } from "../../../log/mod.ts";
import type { Edit, SessionManager } from "../../../sessions/mod.ts";
import { NOT_SEEN, OLD } from "../../buttons.ts";
import type { Asker, Context, Pressed, Presses } from "../../context.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import { bold, concat } from "../../text/formatted.ts";
import { restart } from "../settings/apply.ts";
import { offerRows, subjectOf } from "./shown.ts";

const log = logger("offers");

/** What looking at a session's files works with. */
interface Offering {
  readonly journal: Journal;
  readonly sessions: SessionManager;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/**
 * What looks at the files of a session and offers in the chat what they say and the journal does not:
 * each edit once, where the session was last spoken to. Never throws: what cannot be offered now has
 * no effect, and is looked at again.
 */
export function offers(
  parts: Offering,
  users: readonly number[],
): (session: string) => Promise<void> {
  return async (session) => {
    try {
      const edit = await parts.sessions.look(session);
      if (edit !== null) offer(parts, users, session, edit);
    } catch (error) {
      log.warn("Cannot look at the files of {session}: {error}", { session, error });
    }
  };
}

function offer(
  { journal, outbox, clock }: Offering,
  users: readonly number[],
  session: string,
  edit: Edit,
): void {
  const open = journal.sessions.offers.open(session);
  if (open !== undefined && sameSeen(JSON.parse(open.edit), edit)) return;
  const places = placesOf(journal, users, session);
  journal.transaction(() => {
    const id = journal.sessions.offers.add(session, JSON.stringify(edit), clock.now());
    const rows = places.flatMap((place) => offerRows(edit, session, id, place));
    journal.deliveries.add(rows, clock.now());
  });
  for (const { chat } of places) outbox.wake(chat);
}

const sameSeen = (one: Edit, other: Edit): boolean =>
  one.seen.settings_shown === other.seen.settings_shown &&
  one.seen.persona_shown === other.seen.persona_shown;

/** Where the session was last spoken to, by somebody who is still allowed to; else everybody. */
function placesOf({ jobs, sessions }: Journal, users: readonly number[], session: string): Place[] {
  const last = jobs.latest(session);
  const since = Date.parse(sessions.get(session)?.created ?? "");
  const isIts = last !== undefined && last.createdAt >= since && users.includes(last.user);
  return isIts ? [last.place] : users.map((chat) => ({ chat }));
}

/** The buttons of an offer. */
export const OFFER_PRESSES: Presses<"offer"> = {
  "offer.use": (context, asker, { offer }) => decide(context, asker, offer, true),
  "offer.keep": (context, asker, { offer }) => decide(context, asker, offer, false),
};

/** Takes or leaves what a session's files say and the journal does not. */
async function decide(
  context: Context,
  { place }: Asker,
  id: number,
  use: boolean,
): Promise<Pressed> {
  const { sessions, journal, outputs, claude } = context;
  const offer = journal.sessions.offers.get(id);
  if (offer === undefined) return { toast: OLD };
  if (offer.state === "old") {
    return { toast: "The files have changed since: this is not asked now." };
  }
  if (use && journal.deliveries.awaitsDocument(place.chat, subjectOf(id))) {
    return { toast: NOT_SEEN };
  }
  const metadata = await sessions.decide(offer, use);
  if (metadata === null) return { toast: "That was decided already." };
  const { session } = offer;
  if (!use) {
    return { toast: "Kept", becomes: concat(bold(session), " stays as it was set up here.") };
  }
  outputs.note(session, metadata.output);
  claude.retime(session);
  const when = await restart(context, session);
  return { toast: "In use", becomes: concat(bold(session), ` uses what was shown. ${when}`) };
}
