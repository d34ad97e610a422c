import type { Message } from "grammy/types";
import type { UpdateKind } from "../journal/mod.ts";
import { lines } from "./text/formatted.ts";

/** What is said of something that could not be served, for reasons that only the log knows. */
export function sorryFor(kind: UpdateKind): string {
  return kind === "edit"
    ? "I could not take in your change of this message; the log of Switchboard says why. Please change it again."
    : "Something went wrong with this message; the log of Switchboard says what. Please send it again.";
}

const KINDS: readonly (readonly [keyof Message, string])[] = [
  ["photo", "pictures"],
  ["live_photo", "pictures"],
  ["voice", "voice notes"],
  ["audio", "audio files"],
  ["animation", "animations"], // Before the document, which stands beside it.
  ["video", "videos"],
  ["video_note", "video notes"],
  ["document", "files"],
  ["sticker", "stickers"],
  ["venue", "places"],
  ["location", "places"],
  ["contact", "contacts"],
  ["poll", "polls"],
  ["dice", "dice"],
  ["checklist", "checklists"],
  ["story", "stories"],
  ["paid_media", "paid media"],
  ["game", "games"],
  ["invoice", "invoices"],
];

/** What is said of a message that is no text. */
export function notUnderstood(message: Message | undefined) {
  const kind = KINDS.find(([key]) => message !== undefined && key in message)?.[1];
  const what = kind === undefined ? "this kind of message" : kind;
  return lines(`I cannot read ${what} yet. Please say it in words.`);
}
