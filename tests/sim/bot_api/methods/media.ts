import type { File as TelegramFile, Message } from "grammy/types";
import { ApiError, badRequest } from "../errors.ts";
import {
  type FileKind,
  MAX_DOWNLOAD,
  MAX_PHOTO_UPLOAD,
  MAX_UPLOAD,
  photoSizes,
  pictureSize,
  type StoredFile,
} from "../files.ts";
import type { Media } from "../messages.ts";
import { Params } from "../params.ts";
import { captionText } from "../text.ts";
import type { World } from "../world.ts";
import type { MethodCall } from "./method.ts";
import { post, readEnvelope, readObjects } from "./send.ts";

/** `sendDocument`. */
export function sendDocument(call: MethodCall): Message {
  return sendFile(call, "document");
}

/** `sendPhoto`. */
export function sendPhoto(call: MethodCall): Message {
  return sendFile(call, "photo");
}

function sendFile({ world, params }: MethodCall, kind: "document" | "photo"): Message {
  const envelope = readEnvelope(world, params);
  const caption = captionText(params.text("caption"), params.json("caption_entities"));
  const media = toMedia(readFile(world, params, kind, kind));
  return world.tell(post(world, envelope, caption, { media }));
}

/** `sendMediaGroup`: 2 to 10 photos, or as many documents, each with its caption. */
export function sendMediaGroup({ world, params }: MethodCall): Message[] {
  const items = readObjects(params, "media");
  if (items.length < 2 || items.length > 10) throw badRequest("group must include 2-10 items");
  const kinds = new Set(items.map((item) => item.type));
  if (kinds.size > 1) throw badRequest("documents can't be mixed with other media types");
  const envelope = readEnvelope(world, params);
  const contents = items.map((item) => {
    const { type } = item;
    if (type !== "photo" && type !== "document") {
      throw badRequest(`unsupported media type ${JSON.stringify(type)}`);
    }
    const part = new Params(item, params.uploads);
    return {
      caption: captionText(part.text("caption"), part.json("caption_entities")),
      media: toMedia(readFile(world, part, "media", type)),
    };
  });
  const media_group_id = String(world.nextGroupId++);
  return contents.map(({ caption, media }) =>
    world.tell(post(world, envelope, caption, { media, media_group_id }))
  );
}

/** `getFile`: where a file can be fetched, unless it is larger than 20 MiB. */
export function getFile({ world, params }: MethodCall): TelegramFile {
  const { file_id, file_unique_id, file_size, path } = world.files.get(
    params.text("file_id") ?? "",
  );
  if (file_size > MAX_DOWNLOAD) throw badRequest("file is too big");
  return { file_id, file_unique_id, file_size, file_path: path };
}

function readFile(world: World, params: Params, name: string, kind: FileKind): StoredFile {
  const upload = params.upload(name);
  if (!upload) return knownFile(world, params.text(name), kind);
  const { bytes, name: fileName, type } = upload;
  if (bytes.length === 0) throw badRequest("file must be non-empty");
  if (bytes.length > MAX_UPLOAD) throw new ApiError(413, "Request Entity Too Large");
  if (kind === "photo") {
    if (bytes.length > MAX_PHOTO_UPLOAD) throw badRequest("file is too big for a photo");
    pictureSize(bytes);
  }
  const mime_type = type || "application/octet-stream";
  return world.files.add({ kind, name: fileName, mime_type, bytes });
}

function knownFile(world: World, id: string | undefined, kind: FileKind): StoredFile {
  if (!id) throw badRequest(`there is no ${kind} in the request`);
  if (/^https?:/.test(id)) throw badRequest("failed to get HTTP URL content");
  const file = world.files.find(id);
  if (!file) throw badRequest("wrong file identifier/HTTP URL specified");
  if (file.kind !== kind) throw badRequest(`can't use file of type ${file.kind} as ${kind}`);
  return file;
}

function toMedia(file: StoredFile): Media {
  if (file.kind === "photo") {
    const { width, height } = pictureSize(file.bytes);
    return { kind: "photo", photo: photoSizes(file, width, height) };
  }
  const { file_id, file_unique_id, name, mime_type, file_size } = file;
  return {
    kind: "document",
    document: { file_id, file_unique_id, file_name: name, mime_type, file_size },
  };
}
