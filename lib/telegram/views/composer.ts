import { type Composer, CONTINUES, type Offer, wordsOf } from "../../conversation/mod.ts";
import { PRIORITY } from "../../journal/mod.ts";
import { cut } from "../../text.ts";
import { answer, namesOf } from "./answer.ts";
import { button, keyboard } from "../buttons.ts";
import { deliveries, LIMIT, message } from "../outbox/compose.ts";
import { shown } from "./requests/shown.ts";
import { stepMessages } from "./step_message.ts";
import { bold, concat } from "../text/formatted.ts";
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
