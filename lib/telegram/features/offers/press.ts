import { NOT_SEEN, OLD } from "../../buttons.ts";
import type { Asker, Context, Pressed, Presses } from "../../context.ts";
import { bold, concat } from "../../text/formatted.ts";
import { restart } from "../settings/apply.ts";
import { subjectOf } from "./shown.ts";

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
