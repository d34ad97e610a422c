import type { PermissionRequest } from "../claude/events.ts";
import type { Closing, Composer, Turn } from "../conversation/mod.ts";
import { type NewDelivery, type Place, PRIORITY } from "../journal/mod.ts";
import { button, keyboard } from "./buttons.ts";
import { bold, concat, expandable, type FormattedText, italic, lines, pre } from "./formatted.ts";
import { renderMarkdown } from "./markdown.ts";
import { REPEAT_MARK } from "./outbox.ts";
import { splitText } from "./split.ts";

/** Telegram's 4096, less what a repeat adds. */
const LIMIT = 4096 - REPEAT_MARK.length;
/** How much of a command or an edit a permission prompt shows. */
const DETAIL_LIMIT = 3_000;

/** Where a message goes and what it answers. */
interface Target {
  readonly place: Place;
  readonly replyTo: number | null;
  readonly silent?: boolean;
}

/** The payload of a `sendMessage`: entities, never a `parse_mode`; no link preview. */
export function message(text: FormattedText, target: Target, extra: object = {}) {
  const { place, replyTo, silent } = target;
  return {
    chat_id: place.chat,
    ...(place.thread === undefined ? {} : { message_thread_id: place.thread }),
    text: text.text.toWellFormed(), // Half an emoji, and Telegram refuses the whole message.
    ...(text.entities.length === 0 ? {} : { entities: text.entities }),
    ...(replyTo === null
      ? {}
      : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
    ...(silent ? { disable_notification: true } : {}),
    link_preview_options: { is_disabled: true },
    ...extra,
  };
}

/** A text of any length as deliveries: the first replies and notifies, the last has the buttons. */
export function deliveries(
  text: FormattedText,
  target: Target,
  options: { readonly priority?: number; readonly subject?: string; readonly extra?: object } = {},
): NewDelivery[] {
  const pieces = splitText(text, LIMIT);
  return pieces.map((piece, index) => ({
    chat: target.place.chat,
    priority: options.priority ?? PRIORITY.answer,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    method: "sendMessage",
    payload: message(
      piece,
      {
        place: target.place,
        replyTo: index === 0 ? target.replyTo : null,
        silent: index > 0 || target.silent === true,
      },
      index === pieces.length - 1 ? options.extra : {},
    ),
  }));
}

/** Cuts what must arrive into `sendMessage`s. */
export const composer: Composer = {
  answer(closing) {
    const { turn, again } = closing;
    const extra = again === null
      ? {}
      : keyboard([button("Ask again", { do: "again", job: again })]);
    const target = { place: turn.place, replyTo: turn.replyTo };
    return deliveries(answerText(closing), target, { subject: turn.id, extra });
  },

  prompt(turn, request, id) {
    const buttons = keyboard([
      button("Allow", { do: "allow", prompt: id }),
      button("Deny", { do: "deny", prompt: id }),
    ]);
    const target = { place: turn.place, replyTo: turn.replyTo };
    return {
      chat: turn.place.chat,
      priority: PRIORITY.prompt,
      subject: request.id,
      method: "sendMessage",
      payload: message(promptText(turn, request), target, buttons),
    };
  },

  uncertain(jobs) {
    const last = jobs.at(-1)!;
    const text = concat(
      bold("Interrupted"),
      " by a restart while Claude was at it. Some of it may be done already, so I did not run it again. ",
      "Shall Claude continue, or shall I ask the same again?",
    );
    const extra = keyboard([
      button("Continue", { do: "continue", job: last.id }),
      button("Ask again", { do: "again", job: last.id }),
    ]);
    const target = { place: last.place, replyTo: last.messageId };
    return deliveries(text, target, { extra })[0]!;
  },

  notice(place, markdown, replyTo) {
    return deliveries(renderMarkdown(markdown), { place, replyTo })[0]!;
  },
};

function answerText(closing: Closing): FormattedText {
  const parts = [closing.answer];
  if (closing.sentence !== "") {
    parts.push(`${closing.outcome === "interrupted" ? "⏹" : "⚠️"} ${closing.sentence}`);
  }
  const text = renderMarkdown(parts.filter((part) => part.trim() !== "").join("\n\n"));
  const body = text.text.trim() === "" ? italic("Done, without a word.") : text;
  const head = heading(closing.turn);
  return head === null ? body : concat(head, "\n\n", body);
}

/** What has to be said about an answer before it: that nobody asked, or that it is late. */
function heading(turn: Turn): FormattedText | null {
  if (!turn.asked) return italic(`${turn.session}: a background task reports`);
  return turn.away ? italic("Received while I was away.") : null;
}

function promptText(turn: Turn, request: PermissionRequest): FormattedText {
  const cut = request.detail.length > DETAIL_LIMIT;
  const detail = cut
    ? `${request.detail.slice(0, DETAIL_LIMIT).toWellFormed()}\n…`
    : request.detail;
  return lines(
    concat(bold(`${turn.session} asks: `), request.summary),
    "",
    detail.length > 600 ? expandable({ text: detail, entities: [] }) : pre(detail),
  );
}

/** The text of a new job that goes on where an interrupted one was. */
export function continuation(text: string): string {
  const asked = text.length > 500 ? `${text.slice(0, 500).toWellFormed()}…` : text;
  return `You were interrupted in the middle of your work on this request:\n\n${asked}\n\nLook at what is done already, then continue.`;
}
