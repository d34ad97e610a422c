import { type Delivery, type NewDelivery, placeOf, PRIORITY } from "../../journal/mod.ts";
import type { CallResult } from "../api/calls.ts";
import { deliveries, REPEAT_MARK } from "./compose.ts";
import { type FormattedText, italic, lines } from "../text/formatted.ts";

type Refusal = Extract<CallResult, { kind: "refused" }>;

/** What becomes of a delivery that Telegram will not take as it is. */
export type Verdict =
  /** What it was to bring about is so already. */
  | { readonly then: "done" }
  /** The same once more, without what Telegram dislikes. */
  | { readonly then: "again"; readonly payload: Readonly<Record<string, unknown>> }
  /** The group has become a supergroup: everything that waits goes there. */
  | { readonly then: "moved"; readonly to: number }
  /** It waits until it may be sent; after so many seconds at the earliest, where Telegram says so. */
  | {
    readonly then: "later";
    readonly seconds: number | null;
    readonly why: string;
    /** The bot lacks a right in that place; else the reason is one that we do not know. */
    readonly lacksRight: boolean;
  }
  /** It fails, and these go in its place; none where nobody could read them. */
  | { readonly then: "failed"; readonly instead: NewDelivery[] };

interface Rule {
  /** Against code and description. */
  readonly words: RegExp;
  /** As the verdict, or the field without which it is sent again. */
  readonly then: "done" | "closed" | "later" | "fault" | { readonly without: string };
}

/**
 * The rules for refusals, the first that fits (Bot API 10.5; most of the codes in capitals are the
 * API's behind it). A field can be left out only where it is, so each is left out once.
 *
 * `closed` is a chat that the bot is shut out of. Its deliveries fail one by one, without a word that
 * nobody could read. When somebody writes there again, those of the last days go after all. `later` is
 * a chat or a topic in which the bot may not write for now. `fault` is a message that Telegram will
 * never take as we made it: a file is replaced by its text, the rest by a line that says so.
 */
const RULES: readonly Rule[] = [
  { words: /^403 |chat not found|user is deactivated|bot was kicked/i, then: "closed" },
  { words: /message is not modified|message to delete not found/i, then: "done" },
  { words: /message can't be deleted|query is too old/i, then: "done" },
  {
    words: /not enough rights|no write access|_FORBIDDEN\b|RESTRICTED|TOPIC_CLOSED/,
    then: "later",
  },
  { words: /BANNED_IN|ADMIN_REQUIRED|SLOWMODE_WAIT/, then: "later" },
  { words: /thread not found|TOPIC_|not a forum/i, then: { without: "message_thread_id" } },
  { words: /repl(y|ied) (message )?not found/i, then: { without: "reply_parameters" } },
  { words: /is too long|BUTTON_|message text is empty/i, then: "fault" },
  // What else it may be: a text without its form is still the text.
  { words: /^400 /, then: { without: "entities" } },
];

/** What is said for a delivery that failed; when that fails too, nothing more is said. */
export const SUBJECT = "refused";

/** The payload as it is sent: a text whose first sending has an unknown outcome says so. */
export function marked(delivery: Delivery): Readonly<Record<string, unknown>> {
  const { payload, repeats } = delivery;
  if (repeats === 0) return payload;
  if (isFile(delivery)) return { ...payload, caption: REPEAT_MARK.trim() };
  if (typeof payload["text"] !== "string") return payload;
  return { ...payload, text: payload["text"] + REPEAT_MARK };
}

/** What becomes of a refused delivery, by the table above. What fits nothing is kept. */
export function verdict(delivery: Delivery, refusal: Refusal): Verdict {
  const { code, description, migratedTo } = refusal;
  if (migratedTo !== undefined) return { then: "moved", to: migratedTo };
  const rule = RULES.find(({ words, then }) =>
    words.test(`${code} ${description}`) &&
    (typeof then === "string" || delivery.payload[then.without] !== undefined)
  );
  const { then } = rule ??
    { then: isFile(delivery) || delivery.subject === SUBJECT ? "fault" : "later" };
  switch (then) {
    case "done":
      return { then };
    case "closed":
      return { then: "failed", instead: [] };
    case "later":
      return {
        then,
        seconds: secondsIn(description),
        why: description,
        lacksRight: rule !== undefined,
      };
    case "fault":
      return { then: "failed", instead: inPlaceOf(delivery, refusal) };
    default: {
      const { [then.without]: _, ...payload } = delivery.payload;
      return { then: "again", payload };
    }
  }
}

/** True when somebody who asks knows where a delivery without its topic belongs to. */
export const leavesTopic = ({ payload }: Delivery, after: Verdict): boolean =>
  after.then === "again" && payload["message_thread_id"] !== undefined &&
  after.payload["message_thread_id"] === undefined;

/** `SLOWMODE_WAIT_30`. */
function secondsIn(description: string): number | null {
  const seconds = /_WAIT_(\d{1,6})/.exec(description)?.[1];
  return seconds === undefined ? null : Number(seconds);
}

const isFile = ({ payload }: Delivery) =>
  payload["document"] !== undefined || payload["photo"] !== undefined;

function inPlaceOf(delivery: Delivery, { description }: Refusal): NewDelivery[] {
  const said = asText(delivery, description);
  return instead(delivery, said ?? italic(`⚠️ A part could not be sent: ${description}`));
}

/** A file as the text that it holds; null for what is none. */
function asText({ payload }: Delivery, why: string): FormattedText | null {
  const { name, text } = Object(payload["document"]) as { name?: unknown; text?: unknown };
  if (typeof text !== "string") return null;
  return lines(italic(`${name} could not be sent as a file (${why}):`), "", text);
}

/** The file of a request stands before its buttons, and so does what is sent in its place. */
const isOfRequest = ({ method, priority }: Delivery): boolean =>
  method === "sendDocument" && priority === PRIORITY.request;

/** What is said when the outcome of a delivery stayed unknown through all its repeats. */
export function givenUp(delivery: Delivery, sendings: number): NewDelivery[] {
  const file = isOfRequest(delivery) ? asText(delivery, "the connection broke each time") : null;
  if (file !== null) return instead(delivery, file);
  const { document, photo, text } = delivery.payload as Partial<
    { document: { name: string }; photo: unknown; text: string }
  >;
  const what = document !== undefined
    ? `The file ${document.name}`
    : photo === undefined
    ? "A message"
    : "A picture";
  const head = text?.slice(0, 80).toWellFormed();
  return instead(
    delivery,
    italic(
      `⚠️ ${what} may be missing here, or stand here several times: the connection broke each of the ` +
        `${sendings} times I sent it.${head ? ` It begins: “${head}…”` : ""}`,
    ),
  );
}

function instead(delivery: Delivery, said: FormattedText): NewDelivery[] {
  const { payload, subject, chat } = delivery;
  if (subject === SUBJECT) return [];
  const priority = isOfRequest(delivery) ? PRIORITY.ahead : delivery.priority;
  return deliveries(said, { place: placeIn(chat, payload), replyTo: null }, {
    subject: SUBJECT,
    priority,
  });
}

/** The chat, or the topic in it, that a payload goes to. */
export function placeIn(chat: number, payload: Readonly<Record<string, unknown>> = {}) {
  const thread = payload["message_thread_id"];
  return placeOf({ chat, thread: typeof thread === "number" ? thread : null });
}
