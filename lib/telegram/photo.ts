import { Buffer } from "node:buffer";
import { InputFile } from "grammy";
import { type NewDelivery, type Place, PRIORITY } from "../journal/mod.ts";

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

/** The payload as grammY takes it: a {@linkcode Photo} in it becomes the file to upload. */
export function withPhoto(
  payload: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { photo } = payload;
  if (!isPhoto(photo)) return payload;
  return { ...payload, photo: new InputFile(Buffer.from(photo.png, "base64"), "chart.png") };
}

const isPhoto = (value: unknown): value is Photo =>
  value !== null && typeof value === "object" && "png" in value && typeof value.png === "string";
