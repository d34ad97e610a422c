import type { Context } from "../context.ts";
import { bold, concat, type FormattedText } from "../text/formatted.ts";
import { OLD } from "../prompts/press.ts";
import { restart } from "../settings/apply.ts";
import type { OfferAction } from "./action.ts";

interface Pressed {
  readonly toast: string;
  readonly becomes?: FormattedText;
}

/** Serves a button below what a session's files say and the journal does not. */
export async function pressedOffer(context: Context, action: OfferAction): Promise<Pressed> {
  const { sessions, journal, outputs, claude } = context;
  const offer = journal.sessions.offers.get(action.offer);
  if (offer === undefined) return { toast: OLD };
  if (offer.state === "old") {
    return { toast: "The files have changed since: this is not asked now." };
  }
  const metadata = await sessions.decide(offer, action.use);
  if (metadata === null) return { toast: "That was decided already." };
  const { session } = offer;
  if (!action.use) {
    return { toast: "Kept", becomes: concat(bold(session), " stays as it was set up here.") };
  }
  outputs.note(session, metadata.output);
  claude.retime(session);
  const when = await restart(context, session);
  return { toast: "In use", becomes: concat(bold(session), ` uses what was shown. ${when}`) };
}
