import type { PermissionRequest } from "../../../claude/events.ts";
import type { OpenRequest } from "../../../journal/mod.ts";
import { button, keyboard } from "../../buttons.ts";
import type { Context } from "../../context.ts";
import { bold, concat, type FormattedText, lines } from "../../text/formatted.ts";
import { grantWords } from "../../views/requests/grant_words.ts";
import { showAgain } from "../../views/requests/shown.ts";

/** The progress of a permission request that shows what *Allow from now on…* would allow. */
const CONSIDERED = "from-now-on";

/** True when the person has been shown what would be allowed. */
export const isConsidered = ({ progress }: OpenRequest): boolean => progress === CONSIDERED;

/** The second step: word for word what would run without being asked about, and where. */
export function consider(context: Context, open: OpenRequest, request: PermissionRequest): void {
  const { grantable } = request;
  if (grantable === null) return;
  context.journal.transaction(() => context.journal.requests.choose(open.id, CONSIDERED));
  const text = lines(
    concat(
      "From now on in ",
      bold(open.session),
      ", until you take it back (/allowed), without asking:",
    ),
    "",
    grantWords(grantable),
  );
  const buttons = keyboard([
    button("Yes, from now on", { do: "request.grant", request: open.id }),
    button("Back", { do: "request.unconsider", request: open.id }),
  ]);
  showAgain(context, open, text, buttons);
}

/** Back to the request as it was sent. */
export function unconsider(context: Context, open: OpenRequest): void {
  const { journal } = context;
  journal.transaction(() => journal.requests.choose(open.id, null));
  const { delivery } = open;
  const sent = delivery === null ? undefined : journal.deliveries.get(delivery);
  if (sent === undefined) return;
  const { text, entities = [], reply_markup } = sent.payload as unknown as
    & FormattedText
    & { readonly reply_markup?: unknown };
  showAgain(context, open, { text, entities }, { reply_markup });
}
