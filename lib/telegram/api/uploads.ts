/** Files and pictures on their way: as rows of the journal, and as what grammY uploads. */
import { Buffer } from "node:buffer";
import { InputFile } from "grammy";
import { type NewDelivery, type Place, PRIORITY } from "../../journal/mod.ts";
import { escapeText } from "../text/escape.ts";

/** A text as a file. It lies in the journal as it is; the call makes the upload of it. */
export interface Document {
  readonly name: string;
  readonly text: string;
}

/** A text as a file in a place, silent: what it belongs to has notified. */
export function documentDelivery(
  { name, text }: Document,
  place: Place,
  options: { readonly priority?: number; readonly subject?: string } = {},
): NewDelivery {
  return {
    chat: place.chat,
    priority: options.priority ?? PRIORITY.answer,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    method: "sendDocument",
    payload: {
      chat_id: place.chat,
      ...(place.thread === undefined ? {} : { message_thread_id: place.thread }),
      document: { name: fileName(name), text: escapeText(text) },
      disable_notification: true,
    },
  };
}

/** A name that can stand in the head of an upload: Claude may name files as it likes. */
const fileName = (name: string) =>
  // deno-lint-ignore no-control-regex -- they end a header
  escapeText(name).replace(/[\x00-\x1f\x7f"\\/]+/g, "_").slice(-120) || "file.txt";

/** A picture in the journal: JSON has no bytes. */
interface Photo {
  readonly png: string;
}

/** A PNG in a place, silent: what it belongs to has notified. */
export function photoDelivery(
  png: Uint8Array,
  place: Place,
  priority: number = PRIORITY.answer,
): NewDelivery {
  return {
    chat: place.chat,
    priority,
    method: "sendPhoto",
    payload: {
      chat_id: place.chat,
      ...(place.thread === undefined ? {} : { message_thread_id: place.thread }),
      photo: { png: Buffer.from(png).toString("base64") } satisfies Photo,
      disable_notification: true,
    },
  };
}

type Payload = Readonly<Record<string, unknown>>;

/** The payload as grammY takes it: a {@linkcode Document} or {@linkcode Photo} in it is uploaded. */
export function withUpload(payload: Payload): Payload {
  const { document, photo } = payload;
  return {
    ...payload,
    ...(isDocument(document)
      ? { document: new InputFile(new TextEncoder().encode(document.text), document.name) }
      : {}),
    ...(isPhoto(photo)
      ? { photo: new InputFile(Buffer.from(photo.png, "base64"), "chart.png") }
      : {}),
  };
}

const isDocument = (value: unknown): value is Document =>
  value !== null && typeof value === "object" && "name" in value && "text" in value &&
  typeof value.name === "string" && typeof value.text === "string";

const isPhoto = (value: unknown): value is Photo =>
  value !== null && typeof value === "object" && "png" in value && typeof value.png === "string";
