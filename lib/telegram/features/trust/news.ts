import type { NewDelivery, Place } from "../../../journal/mod.ts";
import type { TrustNews } from "../../../sessions/mod.ts";
import { button, keyboard } from "../../buttons.ts";
import { deliveries } from "../../outbox/compose.ts";
import type { Context } from "../../context.ts";
import { documentDelivery } from "../../api/uploads.ts";
import { bold, concat, type FormattedText, lines, pre } from "../../text/formatted.ts";
import { lineDiff } from "../../text/diff.ts";
import { LABELS } from "./texts.ts";
import { ignoreButton, makeOffer } from "./view.ts";

/** A longer diff is a document, with its beginning in the message. */
const LONGEST_DIFF = 2_500;

/** Of whom a session last heard, and where. */
interface Heard {
  readonly session: string;
  readonly place: Place;
  readonly user: number;
}

type Told = Pick<Context, "trust" | "journal" | "clock" | "outbox">;

/** Tells what has come into a session's directory, or has changed there: each once. */
export async function tellTrustNews(context: Told, heard: Heard): Promise<void> {
  const { trust, journal, clock, outbox } = context;
  const { session, place } = heard;
  const news = await trust.news(session);
  if (news === null) return;
  const told = journal.transaction(() => {
    if (journal.trust.told(session, news.made) === news.digest) return false; // By another look.
    trust.told(session, news);
    journal.deliveries.add(messages(context, heard, news), clock.now());
    return true;
  });
  if (told) outbox.wake(place.chat);
}

/** True when a session's directory brings something that its person has not heard of; call it to say so. */
export async function bringsThings({ trust }: Pick<Context, "trust">, session: string) {
  const news = await trust.news(session);
  if (news === null) return false;
  trust.told(session, news);
  return true;
}

function messages(context: Told, { session, place, user }: Heard, news: TrustNews): NewDelivery[] {
  const target = { place, replyTo: null, silent: true };
  const offer = (delivery: number | null) =>
    makeOffer(context, { session, made: news.made, user, digest: news.digest, delivery });
  const showButton = (id: number) => button("Show them", { do: "trust.show", offer: id });
  if (news.kind !== "changed") {
    const words = news.kind === "brings" ? BRINGS : DAMAGED;
    const extra = keyboard([showButton(offer(null))]);
    return deliveries(concat(bold(session), `: ${words}`), target, { extra });
  }
  const diff = lineDiff(news.before, news.after);
  const long = diff.length > LONGEST_DIFF;
  const document = { name: `${session}-changes.diff`, text: diff };
  const delivery = long
    ? context.journal.deliveries.add([documentDelivery(document, place)], context.clock.now())[0]!
    : null;
  const id = offer(delivery);
  const extra = keyboard(
    news.used.shown ? [button(LABELS.use, { do: "trust.use", offer: id })] : [],
    news.used.more ? [button(LABELS.more, { do: "trust.more", offer: id })] : [],
    [showButton(id), ignoreButton(id)],
  );
  return deliveries(changedText(session, diff, long), target, { extra });
}

export const BRINGS =
  "This directory brings things that run by themselves. They have no effect. /trust shows them.";

const DAMAGED =
  "⚠️ The copy of what you use from this directory is damaged, so none of it runs now. " +
  "What it forbade stays forbidden. /trust shows what the directory brings.";

function changedText(session: string, diff: string, long: boolean): FormattedText {
  const head = long ? diff.slice(0, LONGEST_DIFF).toWellFormed() : diff;
  return lines(
    concat(
      bold(session),
      ": what its directory brings has changed. What you saw before is still used; ",
      "a script that changed is not run.",
    ),
    ...(diff === "" ? ["Only a value that is kept secret has changed."] : [pre(head, "diff")]),
    ...(long ? ["… the document above has all of it."] : []),
  );
}
