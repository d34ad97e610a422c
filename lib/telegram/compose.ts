import { type Composer, CONTINUES, type Offer, wordsOf } from "../conversation/mod.ts";
import { type NewDelivery, type Place, PRIORITY } from "../journal/mod.ts";
import { cut } from "../text.ts";
import { answer, namesOf } from "./answer.ts";
import { stepMessages } from "./step_message.ts";
import { button, keyboard } from "./buttons.ts";
import { documentDelivery } from "./document.ts";
import { bold, concat, type FormattedText } from "./text/formatted.ts";
import { renderMarkdown } from "./text/markdown.ts";
import { REPEAT_MARK } from "./repeat_mark.ts";
import { shown } from "./requests/shown.ts";
import { splitText } from "./text/split.ts";

/** Telegram's 4096, less what a repeat adds. */
const LIMIT = 4096 - REPEAT_MARK.length;

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
  answer,
  stepMessages,

  request(turn, request, id) {
    const { text, rows, document } = shown(turn.session, request, id);
    const { place, replyTo } = turn;
    const [fitting = text] = splitText(text, LIMIT);
    const options = { priority: PRIORITY.request, subject: request.id };
    const payload = message(fitting, { place, replyTo }, keyboard(...rows));
    const buttons = { ...options, chat: place.chat, method: "sendMessage", payload };
    if (document === null) return [buttons];
    // Before it: what a tap allows can be read before there is a button.
    return [documentDelivery(document, place, options), buttons];
  },

  uncertain(jobs) {
    const last = jobs.at(-1)!;
    const also = jobs.slice(0, -1).map(({ text }) => wordsOf(text));
    const text = concat(
      bold("Interrupted"),
      " by a restart while Claude was at it. Some of it may be done already, so I did not run it again. ",
      "Shall Claude continue, or shall I ask the same again?",
      also.length === 0 ? "" : `\n\nThis concerns also: ${namesOf(also)}`,
    );
    const extra = keyboard([
      button("Continue", { do: "turn.continue", job: last.id }),
      button("Ask again", { do: "turn.again", job: last.id }),
    ]);
    const target = { place: last.place, replyTo: last.messageId };
    return deliveries(text, target, { extra })[0]!;
  },

  notice(place, markdown, replyTo, offer) {
    // Over budget as an answer: where the chat was closed to us, it follows when it is open again.
    const isAnswer = offer === undefined || offer.do === "run";
    const options = {
      priority: isAnswer ? PRIORITY.answer : PRIORITY.request,
      ...(offer?.do === "end" ? { subject: offer.turn } : {}),
      extra: offer === undefined ? {} : keyboard(offered(offer)),
    };
    return deliveries(renderMarkdown(markdown), { place, replyTo }, options)[0]!;
  },
};

function offered(offer: Offer) {
  switch (offer.do) {
    case "try": {
      const again = button("Try again", { do: "lifecycle.try", job: offer.job });
      const afresh = button("Start afresh", { do: "lifecycle.afresh", job: offer.job });
      return offer.afresh ? [again, afresh] : [again];
    }
    case "end":
      return [button("End the process", { do: "lifecycle.end", turn: offer.turn })];
    case "run":
      return [
        button("Run it", { do: "budget.run", job: offer.job }),
        button("Not today", { do: "budget.drop", job: offer.job }),
      ];
    default:
      return offer satisfies never;
  }
}

/** The text of a new job that goes on where an interrupted one was. */
export function continuation(text: string): string {
  return `${CONTINUES}\n\n${cut(text, 500)}\n\nLook at what is done already, then continue.`;
}
