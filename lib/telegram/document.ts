import { InputFile } from "grammy";
import { type NewDelivery, type Place, PRIORITY } from "../journal/mod.ts";
import { escapeText } from "./text/escape.ts";

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

/** The payload as grammY takes it: a {@linkcode Document} in it becomes the file to upload. */
export function withUpload(
  payload: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { document } = payload;
  if (!isDocument(document)) return payload;
  return {
    ...payload,
    document: new InputFile(new TextEncoder().encode(document.text), document.name),
  };
}

const isDocument = (value: unknown): value is Document =>
  value !== null && typeof value === "object" && "name" in value && "text" in value &&
  typeof value.name === "string" && typeof value.text === "string";
