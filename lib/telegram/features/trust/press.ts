import type { CallbackQuery } from "grammy/types";
import type { TrustOffer } from "../../../journal/mod.ts";
import { UnreadableError } from "../../../sessions/mod.ts";
import { type Action, NOT_SEEN, NOT_YOURS, OLD } from "../../buttons.ts";
import { deliveries } from "../../outbox/compose.ts";
import type { Asker, Context, Pressed, Presses, PressHandler } from "../../context.ts";
import { bold, concat, lines } from "../../text/formatted.ts";
import { usedText } from "./texts.ts";
import { trustView } from "./view.ts";

const GONE = "This session is not there any more.";

/** The buttons below what a directory brings; each is for exactly what was shown. */
export const TRUST_PRESSES: Presses<"trust"> = {
  "trust.use": shown((context, asker, offer, query) => use(context, asker, offer, "shown", query)),
  "trust.more": shown((context, asker, offer, query) =>
    use(context, asker, offer, "mayChange", query)
  ),
  "trust.ignore": shown((context, _asker, { session }) => ignore(context, session)),
  "trust.show": shown(async (context, asker, { session }, query) => {
    await show(context, asker, session, query);
    return { toast: "Here they are" };
  }),
};

/** A handler about what was shown to the one who presses, of a session that is still the same. */
function shown(
  serve: (
    context: Context,
    asker: Asker,
    offer: TrustOffer,
    query: CallbackQuery,
  ) => Promise<Pressed>,
): PressHandler<Extract<Action, { do: `trust.${string}` }>> {
  return async (context, asker, action, query) => {
    const offer = context.journal.trust.offered(action.offer);
    if (offer === undefined) return { toast: OLD };
    if (offer.user !== asker.user) return { toast: NOT_YOURS };
    const { session } = offer;
    if (!await context.sessions.exists(session)) return { toast: GONE };
    if ((await context.sessions.get(session)).created !== offer.made) return { toast: GONE };
    return await serve(context, asker, offer, query);
  };
}

async function use(
  context: Context,
  asker: Asker,
  offer: TrustOffer,
  extent: "shown" | "mayChange",
  query: CallbackQuery,
): Promise<Pressed> {
  const { trust, journal } = context;
  const { session, digest, delivery } = offer;
  if (trust.unavailable !== null) return { toast: `That cannot be used: ${trust.unavailable}` };
  if (delivery !== null && journal.deliveries.get(delivery)?.messageId === null) {
    return { toast: NOT_SEEN };
  }
  let changed;
  try {
    changed = await trust.use(session, digest, extent, asker.user);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { toast: error.message };
  }
  if (changed !== null) {
    await show(context, asker, session, query);
    return {
      toast: "It has changed meanwhile, so nothing is used. Please look again.",
      becomes: CHANGED,
    };
  }
  const { brought } = await trust.view(session);
  const becomes = usedText(session, brought, extent, await from(context, session));
  return { toast: "Used", becomes };
}

const CHANGED = lines("It changed between the look and the tap. Nothing of it is used; see below.");

async function ignore(context: Context, session: string): Promise<Pressed> {
  const ignored = await context.trust.ignore(session);
  if (!ignored) return { toast: "They were ignored already." };
  return {
    toast: "Ignored",
    becomes: lines(
      concat(bold(session), " · nothing that its directory brings has any effect any more."),
      await from(context, session),
    ),
  };
}

/** From when a change holds: the process was started for what is no longer so. */
async function from({ claude }: Context, session: string): Promise<string> {
  switch (await claude.outdate(session)) {
    case "none":
    case "starting":
    case "ended":
      return "From the next message on.";
    case "later":
      return "After what runs now: its process then starts again.";
  }
}

/** What there is now, as a message of its own. */
async function show(
  context: Context,
  asker: Asker,
  session: string,
  query: CallbackQuery,
): Promise<void> {
  const { text, extra } = await trustView(context, asker, session);
  const target = { place: asker.place, replyTo: query.message?.message_id ?? null };
  const { journal, clock, outbox } = context;
  const rows = deliveries(text, target, extra === undefined ? {} : { extra });
  journal.transaction(() => journal.deliveries.add(rows, clock.now()));
  outbox.wake(asker.place.chat);
}
