import type { PermissionAsk } from "../../claude/events.ts";
import { type OpenPrompt, PRIORITY } from "../../journal/mod.ts";
import { button, keyboard } from "../buttons.ts";
import type { Context } from "../context.ts";
import { bold, concat, type FormattedText, lines } from "../text/formatted.ts";
import { grantWords } from "../grants/words.ts";
import { edit } from "../previews.ts";

/** The progress of a permission request that shows what *Allow from now on…* would allow. */
const CONSIDERED = "from-now-on";

/** Whether the person has been shown what would be allowed. */
export const isConsidered = ({ progress }: OpenPrompt): boolean => progress === CONSIDERED;

/** The second step: word for word what would run without being asked about, and where. */
export function consider(context: Context, prompt: OpenPrompt, ask: PermissionAsk): void {
  const { grantable } = ask;
  if (grantable === null) return;
  context.journal.transaction(() => context.journal.prompts.choose(prompt.id, CONSIDERED));
  const text = lines(
    concat(
      "From now on in ",
      bold(prompt.session),
      ", until you take it back (/allowed), without asking:",
    ),
    "",
    grantWords(grantable),
  );
  const request = prompt.id;
  const buttons = keyboard([
    button("Yes, from now on", { do: "request.grant", request }),
    button("Back", { do: "request.unconsider", request }),
  ]);
  show(context, prompt, { text, extra: buttons });
}

/** Back to the request as it was sent. */
export function unconsider(context: Context, prompt: OpenPrompt): void {
  const { journal } = context;
  journal.transaction(() => journal.prompts.choose(prompt.id, null));
  const { delivery } = prompt;
  const sent = delivery === null ? undefined : journal.deliveries.get(delivery);
  if (sent === undefined) return;
  const { text, entities = [], reply_markup } = sent.payload as unknown as
    & FormattedText
    & { readonly reply_markup?: unknown };
  show(context, prompt, { text: { text, entities }, extra: { reply_markup } });
}

function show(
  { outbox, journal }: Context,
  { id, place: { chat } }: OpenPrompt,
  { text, extra }: { readonly text: FormattedText; readonly extra: object },
): void {
  outbox.offer(chat, {
    key: `prompt:${id}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call() {
      // Read now: the tap may come before the journal has the message's number.
      const messageId = journal.prompts.get(id)?.messageId ?? null;
      return messageId === null ? null : edit(chat, messageId, text, extra);
    },
  });
}
