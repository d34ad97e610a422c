import { isNothing, type TrustView, UnreadableError } from "../../../sessions/mod.ts";
import { button, keyboard } from "../../buttons.ts";
import type { Asker, Command, Context, Reply, StatusReport } from "../../context.ts";
import { documentDelivery } from "../../api/uploads.ts";
import { bold, concat, lines } from "../../text/formatted.ts";
import { inSession } from "../in_session.ts";
import { LABELS, needsDocument, offered, viewText } from "./texts.ts";

/** `/trust`: what the directory of a session brings. */
export const TRUST: Command = {
  name: "trust",
  description: "What this directory brings that runs by itself",
  repeatable: true,
  run: inSession((context, asker, session) => trustView(context, asker, session)),
};

/** Directories that the settings trust whatever they bring, and why nothing else can be. */
export const TRUSTED: StatusReport = {
  title: "Trust",
  async lines({ trust, sessions }) {
    const all = (await sessions.list()).sessions.map(({ name }) => name);
    const always: string[] = [];
    for (const name of all) if (await trust.isAlways(name)) always.push(name);
    return always.map((name) =>
      concat(
        "⚠️ ",
        bold(name),
        ": what its directory brings is always used (projects in the settings)",
      )
    );
  },
};

/**
 * What the directory of a session brings, with buttons for exactly that. What is too long for the message
 * is on its way as a document before it.
 */
export async function trustView(context: Context, asker: Asker, session: string): Promise<Reply> {
  const { trust, sessions } = context;
  const { created } = await sessions.get(session);
  let view: TrustView;
  try {
    view = await trust.view(session);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return unreadable(context, asker, session, created, error);
  }
  const text = viewText(session, view, trust.unavailable, context.clock.now());
  if (isNothing(view.brought) && view.row === null) return { text };
  const offer = context.journal.transaction(() => {
    const delivery = needsDocument(view.brought)
      ? sendDocument(context, asker, session, view)
      : null;
    const { digest } = view.brought;
    if (view.row?.digest !== digest) context.journal.trust.tell(session, created, digest);
    return makeOffer(context, { session, made: created, user: asker.user, digest, delivery });
  });
  return { text, extra: keyboard(...buttonsOf(view, offer, trust.unavailable)) };
}

/** There is no way to use what cannot be shown, only to undo what was used before. */
function unreadable(
  context: Context,
  asker: Asker,
  session: string,
  made: string,
  error: UnreadableError,
): Reply {
  const used = context.journal.trust.get(session)?.made === made;
  const text = lines(
    concat(bold(session), ": what its directory brings cannot be shown, so it has no effect."),
    error.message,
    ...(used ? ["What you saw before is used as it was."] : []),
  );
  if (!used) return { text };
  const row = { session, made, user: asker.user, digest: "", delivery: null };
  return { text, extra: keyboard([ignoreButton(makeOffer(context, row))]) };
}

type Offer = Parameters<Context["journal"]["trust"]["offer"]>[0];

export function makeOffer(
  { journal, clock }: Pick<Context, "journal" | "clock">,
  offer: Offer,
): number {
  return journal.trust.offer(offer, clock.now());
}

/** @returns its number among the deliveries. */
function sendDocument(
  { journal, clock }: Context,
  { place }: Asker,
  session: string,
  { brought }: TrustView,
): number {
  const document = { name: `${session}-brings.txt`, text: brought.text };
  return journal.deliveries.add([documentDelivery(document, place)], clock.now())[0]!;
}

/** The buttons for what was shown. */
export function buttonsOf(view: TrustView, offer: number, unavailable: string | null) {
  const { row } = view;
  const may = offered(view, unavailable);
  const tap = (act: "use" | "more") =>
    may[act] ? [button(LABELS[act], { do: `trust.${act}`, offer })] : [];
  return [
    tap("use"),
    tap("more"),
    row === null || row.extent === "always" ? [] : [ignoreButton(offer)],
  ];
}

export const ignoreButton = (offer: number) =>
  button("Ignore them again", { do: "trust.ignore", offer });
