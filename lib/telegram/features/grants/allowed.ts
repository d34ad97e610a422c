import type { CallbackQuery } from "grammy/types";
import type { Grantable } from "../../../claude/events.ts";
import type { Grant } from "../../../journal/mod.ts";
import { button, decode, keyboard, standingOn } from "../../buttons.ts";
import { deliveries } from "../../outbox/compose.ts";
import type { Asker, Command, Context, Pressed, Presses, Reply } from "../../context.ts";
import { escapeDeceiving } from "../../text/escape.ts";
import { bold, concat, type FormattedText, italic, lines } from "../../text/formatted.ts";
import { when } from "../words.ts";
import { inSession } from "../in_session.ts";
import { grantWords } from "../../views/requests/grant_words.ts";

/** A message holds so much of the list: its buttons are below what they take back. */
const PORTION = 3_000;
/** Telegram takes 100 entities in a message, and 100 buttons. */
const MOST = 30;

/** `/allowed`: the grants of a session, each with the button that takes it back. */
export const ALLOWED: Command = {
  name: "allowed",
  description: "What was allowed from now on, with Take back",
  repeatable: true,
  run: inSession((context, asker, session) => {
    const grants = context.journal.grants.of(session);
    const elsewhere = context.journal.grants.sessions()
      .filter((each) => each.session !== session)
      .map((each) => `${each.session} (${each.count})`);
    const others = elsewhere.length === 0 ? [] : [`Elsewhere: ${elsewhere.join(", ")}.`];
    if (grants.length === 0) {
      const nothing = concat("Nothing is allowed in ", bold(session), " from now on.");
      return Promise.resolve({ text: lines(nothing, ...others) });
    }
    const [first, ...more] = portions(grants, context, asker);
    const head = concat("Allowed in ", bold(session), " without asking, until you take it back:");
    const target = { place: asker.place, replyTo: null, silent: true };
    return Promise.resolve({
      text: lines(head, "", first!.text, ...others),
      extra: first!.extra!,
      behind: more.flatMap(({ text, extra = {} }) => deliveries(text, target, { extra })),
    });
  }),
};

/** The grants in as many messages as they need. */
function portions(grants: readonly Grant[], context: Context, asker: Asker): Reply[] {
  const found: Grant[][] = [];
  let size = PORTION;
  for (const grant of grants) {
    const { length } = escapeDeceiving(grantRow(grant, context, asker)).text;
    if (size + length > PORTION || found.at(-1)!.length >= MOST) {
      found.push([]);
      size = 0;
    }
    found.at(-1)!.push(grant);
    size += length;
  }
  return found.map((some) => grantList(some, context, asker));
}

/** Some grants, each with its button. */
export function grantList(grants: readonly Grant[], context: Context, asker: Asker): Reply {
  const rows = grants.map((grant) => grantRow(grant, context, asker));
  const buttons = grants.map(({ id }) => [
    button(`Take back ${id}`, { do: "grant.end", grant: id }),
  ]);
  return { text: lines(...rows), extra: keyboard(...buttons) };
}

function grantRow(
  { id, what, user, at }: Grant,
  { clock }: Context,
  asker: Asker,
): FormattedText {
  const who = user === asker.user ? "you" : `user ${user}`;
  const words = grantWords(JSON.parse(what) as Grantable);
  return concat(
    bold(`${id}.`),
    " ",
    words,
    "\n",
    italic(`by ${who}, ${when(at, clock.now())}`),
    "\n",
  );
}

export const GRANT_PRESSES: Presses<"grant"> = {
  /** Takes back what was allowed, at once: the next request for it is asked about. */
  "grant.end"(context, asker, { grant }, query) {
    const ended = context.journal.grants.end(grant);
    const toast = ended ? "Taken back: it is asked about again" : "That was taken back already.";
    return { toast, ...restOf(context, asker, query) };
  },
};

/** The same message without what was taken back; nothing where Telegram does not show it any more. */
function restOf(
  context: Context,
  asker: Asker,
  query: CallbackQuery,
): Pick<Pressed, "becomes" | "extra"> {
  const standing = standingOn(query);
  if (standing === null) return {};
  const ids = standing.flatMap((data) => {
    const action = decode(data);
    return action?.do === "grant.end" ? [action.grant] : [];
  });
  const left = ids.flatMap((id) => context.journal.grants.get(id) ?? []);
  const [first] = left;
  if (first === undefined) return { becomes: lines("Nothing of this list is allowed any more.") };
  const head = `Allowed in ${first.session} without asking, until you take it back:`;
  const { text, extra } = grantList(left, context, asker);
  return { becomes: lines(head, "", text), extra };
}
