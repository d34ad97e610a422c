import { type Composer, CONTINUES } from "../../conversation/mod.ts";
import { PRIORITY } from "../../journal/mod.ts";
import { cut } from "../../text.ts";
import { answer, buttonsOf, namesOf } from "./answer.ts";
import { keyboard } from "../buttons.ts";
import { deliveries, LIMIT, message } from "../outbox/compose.ts";
import { shown } from "./requests/shown.ts";
import { stepMessages } from "./step_message.ts";
import { concat } from "../text/formatted.ts";
import { renderMarkdown } from "../text/markdown.ts";
import { splitText } from "../text/split.ts";
import { documentDelivery } from "../api/uploads.ts";

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

  notice({ place, replyTo, text, also = [], choice = null }) {
    const isOfProcess = choice?.kind === "heldBack" || choice?.kind === "silent";
    const options = {
      // The others are as an answer: where the chat was closed to us, they follow when it is open.
      priority: isOfProcess ? PRIORITY.request : PRIORITY.answer,
      ...(choice?.kind === "silent" ? { subject: choice.turn } : {}),
      extra: buttonsOf(choice),
    };
    const concerns = also.length === 0 ? "" : `\n\nThis concerns also: ${namesOf(also)}`;
    const words = concat(renderMarkdown(text), concerns);
    return deliveries(words, { place, replyTo }, options)[0]!;
  },
};

/** The text of a new job that goes on where an interrupted one was. */
export function continuation(text: string): string {
  return `${CONTINUES}\n\n${cut(text, 500)}\n\nLook at what is done already, then continue.`;
}
