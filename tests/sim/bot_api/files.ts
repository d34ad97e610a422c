import type { PhotoSize } from "grammy/types";
import { badRequest } from "./errors.ts";

/** `getFile` refuses what is larger. */
export const MAX_DOWNLOAD = 20 << 20;
/** A bot may upload so much. */
export const MAX_UPLOAD = 50 << 20;
export const MAX_PHOTO_UPLOAD = 10 << 20;

export type FileKind = "photo" | "document" | "voice";

export interface StoredFile {
  file_id: string;
  file_unique_id: string;
  kind: FileKind;
  name: string;
  mime_type: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** What Telegram says about the size; a test may claim more than there is. */
  file_size: number;
  /** The part of the download address after the token. */
  path: string;
}

const FOLDERS = { photo: "photos", document: "documents", voice: "voice" };

/** The files of all messages. */
export class FileStore {
  readonly #files = new Map<string, StoredFile>();

  add(
    { kind, name, mime_type, bytes, file_size = bytes.length }:
      & Pick<StoredFile, "kind" | "name" | "mime_type" | "bytes">
      & { file_size?: number | undefined },
  ): StoredFile {
    const number = this.#files.size + 1;
    const extension = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? "";
    const file: StoredFile = {
      file_id: `BQAC${kind}AAM${number.toString(36).padStart(6, "0")}`,
      file_unique_id: `AgAD${number.toString(36).padStart(6, "0")}`,
      kind,
      name,
      mime_type,
      bytes,
      file_size,
      path: `${FOLDERS[kind]}/file_${number}${extension}`,
    };
    this.#files.set(file.file_id, file);
    return file;
  }

  /** The file with this id. Throws the 400 of an id that does not exist. */
  get(id: string): StoredFile {
    const file = this.#files.get(id);
    if (!file) throw badRequest("wrong file_id or the file is temporarily unavailable");
    return file;
  }

  find(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  byPath(path: string): StoredFile | undefined {
    return this.#files.values().find((file) => file.path === path);
  }
}

/** A photo in the sizes that Telegram would give: a small one and the whole. */
export function photoSizes(file: StoredFile, width: number, height: number): PhotoSize[] {
  const scale = Math.min(1, 90 / Math.max(width, height));
  const { file_id, file_unique_id, file_size } = file;
  const small = {
    file_id,
    file_unique_id: `${file_unique_id}s`,
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    file_size: Math.min(file_size, 1500),
  };
  return [small, { file_id, file_unique_id, width, height, file_size }];
}

/**
 * The size of a picture as Telegram needs it for `sendPhoto`. Throws the 400 of bytes that are no
 * picture, or of a picture too long and thin.
 */
export function pictureSize(bytes: Uint8Array): { width: number; height: number } {
  const size = pngSize(bytes) ?? jpegSize(bytes) ?? otherSize(bytes);
  if (!size) throw badRequest("IMAGE_PROCESS_FAILED");
  const { width, height } = size;
  const ratio = Math.max(width, height) / Math.max(1, Math.min(width, height));
  if (width + height > 10_000 || ratio > 20) throw badRequest("PHOTO_INVALID_DIMENSIONS");
  return size;
}

interface Size {
  width: number;
  height: number;
}

function startsWith(bytes: Uint8Array, ...start: number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function pngSize(bytes: Uint8Array): Size | undefined {
  if (!startsWith(bytes, 0x89, 0x50, 0x4e, 0x47) || bytes.length < 24) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function jpegSize(bytes: Uint8Array): Size | undefined {
  if (!startsWith(bytes, 0xff, 0xd8)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** GIF and WebP are pictures too; their size does not matter to any test. */
function otherSize(bytes: Uint8Array): Size | undefined {
  const isOther = startsWith(bytes, 0x47, 0x49, 0x46, 0x38) ||
    startsWith(bytes, 0x52, 0x49, 0x46, 0x46);
  return isOther ? { width: 320, height: 240 } : undefined;
}
