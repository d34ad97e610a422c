import { badRequest } from "./errors.ts";

/** A file that came with a multipart request. */
export interface Upload {
  name: string;
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The parameters of a call, whichever way they came. Forms carry everything as strings and objects
 * as JSON, so each getter accepts both, as Telegram does.
 */
export class Params {
  constructor(
    readonly values: Readonly<Record<string, unknown>>,
    readonly uploads: ReadonlyMap<string, Upload> = new Map(),
  ) {}

  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== null;
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  int(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === "") return undefined;
    if (!/^-?\d+$/.test(text)) throw badRequest(`can't parse ${name}: '${text}' is not an integer`);
    return Number(text);
  }

  bool(name: string): boolean {
    return ["true", "1", "yes"].includes(this.text(name)?.toLowerCase() ?? "");
  }

  /** A parameter that is JSON. Throws a 400 when it is a string that does not parse. */
  json(name: string): unknown {
    const value = this.values[name];
    if (typeof value !== "string") return value ?? undefined;
    if (value === "") return undefined;
    try {
      return JSON.parse(value);
    } catch {
      throw badRequest(`can't parse ${name} JSON object`);
    }
  }

  object(name: string): Record<string, unknown> | undefined {
    const value = this.json(name);
    if (value === undefined) return undefined;
    if (!isObject(value)) throw badRequest(`can't parse ${name}: an object was expected`);
    return value;
  }

  /** The upload that a file parameter stands for: sent under its name, or as `attach://part`. */
  upload(name: string): Upload | undefined {
    const value = this.text(name);
    if (value?.startsWith("attach://")) return this.uploads.get(value.slice("attach://".length));
    return this.uploads.get(name);
  }

  /** What is written down of the call: JSON strings read, and files by their name and size. */
  recorded(): Record<string, unknown> {
    const recorded: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(this.values)) recorded[name] = readable(value);
    for (const [name, { name: file, type, bytes }] of this.uploads) {
      recorded[name] = { upload: file, type, size: bytes.length };
    }
    return recorded;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readable(value: unknown): unknown {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The parameters of a request: its query, and its body as JSON, form or multipart. */
export async function readParams(request: Request): Promise<Params> {
  const values: Record<string, unknown> = {};
  const uploads = new Map<string, Upload>();
  for (const [name, value] of new URL(request.url).searchParams) values[name] = value;
  const type = request.headers.get("content-type") ?? "";
  if (/^multipart\/form-data|^application\/x-www-form-urlencoded/i.test(type)) {
    for (const [name, value] of await request.formData()) {
      if (typeof value === "string") values[name] = value;
      else {
        const bytes = new Uint8Array(await value.arrayBuffer());
        uploads.set(name, { name: value.name, type: value.type, bytes });
      }
    }
  } else if (/^application\/json/i.test(type)) {
    Object.assign(values, readJson(new Uint8Array(await request.arrayBuffer())));
  } else {
    await request.body?.cancel();
  }
  if (!isWellFormed(values)) throw badRequest("strings must be encoded in UTF-8");
  return new Params(values, uploads);
}

function readJson(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length === 0) return {};
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badRequest("strings must be encoded in UTF-8");
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // The refusal below is the same for text that is no JSON and for JSON that is no object.
  }
  throw badRequest("can't parse request body as a JSON object");
}

/** Whether no string in `value` holds half of a surrogate pair. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") {
    return value.isWellFormed() && (!value.includes("\\ud") || isWellFormed(readable(value)));
  }
  if (Array.isArray(value)) return value.every(isWellFormed);
  return !isObject(value) || Object.values(value).every(isWellFormed);
}
