/**
 * One request over a connection of its own. `fetch` cannot be told to check a certificate under another
 * name than the one it connects to; this is for those connections, and knows as much of HTTP/1.1 as
 * they need.
 * @module
 */
import { LARGEST_ANSWER, ServiceError, tooLarge } from "./client.ts";

/** The part of a connection that an exchange needs. */
export interface ByteStream {
  readonly readable: AsyncIterable<Uint8Array<ArrayBuffer>>;
  write(bytes: Uint8Array): Promise<number>;
}

/** A connection, for those who open and close it. */
interface Open {
  close(): void;
  handshake?(): Promise<unknown>;
}

/** What `work` gives, once hands are shaken; the connection ends with it or when the signal aborts. */
export async function whileOpen<C extends Open, T>(
  signal: AbortSignal | null,
  open: () => Promise<C>,
  work: (conn: C) => Promise<T>,
): Promise<T> {
  const conn = await open();
  const close = () => {
    try {
      conn.close();
    } catch {
      // It is closed already.
    }
  };
  signal?.addEventListener("abort", close);
  try {
    signal?.throwIfAborted();
    await conn.handshake?.();
    return await work(conn);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

/** `[::1]` is a host in a URL, `::1` for a connection. */
export function endOf({ hostname, port }: URL): { hostname: string; port: number } {
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) };
}

/** No header line of a service is longer; a stream without line ends would be read for ever. */
const LONGEST_LINE = 16 * 1024;
const MAX_HEADERS = 200;

/** The answer to what `fetch` was asked to send, over a connection that is open and trusted. */
export async function exchange(
  conn: ByteStream,
  url: URL,
  init: RequestInit,
): Promise<Response> {
  const sent = new TextEncoder().encode(requestText(url, init));
  for (let count = 0; count < sent.length;) count += await conn.write(sent.subarray(count));
  const from = new Incoming(conn);
  const [, code] = /^HTTP\/1\.[01] (\d{3})/.exec(await from.line()) ?? [];
  if (code === undefined) throw notHttp();
  const headers = await readHeaders(from);
  const status = Number(code);
  const empty = status === 204 || status === 304;
  const body = empty ? null : new Blob(await readBody(from, headers));
  // Its parts have been put together, and nothing is compressed since nothing else was accepted.
  headers.delete("transfer-encoding");
  return new Response(body, { status, headers });
}

function requestText(url: URL, { method = "GET", headers, body }: RequestInit): string {
  const text = typeof body === "string" ? body : "";
  const sent = new Headers(headers);
  sent.set("host", url.host);
  sent.set("connection", "close");
  sent.set("accept-encoding", "identity");
  if (text !== "") sent.set("content-length", `${new TextEncoder().encode(text).length}`);
  const lines = [...sent].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines}\r\n${text}`;
}

async function readHeaders(from: Incoming): Promise<Headers> {
  const headers = new Headers();
  for (let count = 0; count < MAX_HEADERS; count++) {
    const line = await from.line();
    if (line === "") return headers;
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  throw new ServiceError("answer", "answered with more headers than anybody reads");
}

type Bytes = Uint8Array<ArrayBuffer>[];

async function readBody(from: Incoming, headers: Headers): Promise<Bytes> {
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) return await readChunks(from);
  const length = headers.get("content-length");
  return await from.bytes(length === null ? Infinity : Number(length));
}

async function readChunks(from: Incoming): Promise<Bytes> {
  const all: Bytes = [];
  for (;;) {
    const size = parseInt(await from.line(), 16);
    if (size === 0) return all;
    all.push(...await from.bytes(size));
    await from.line();
  }
}

/** Reads a connection by lines and by lengths. */
class Incoming {
  readonly #chunks: AsyncIterator<Uint8Array<ArrayBuffer>>;
  #ahead = new Uint8Array(0);
  #room = LARGEST_ANSWER;

  constructor({ readable }: ByteStream) {
    this.#chunks = readable[Symbol.asyncIterator]();
  }

  /** The next line without its end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#ahead.indexOf(10);
      if (end >= 0) return new TextDecoder().decode(this.#take(end + 1)).replace(/\r?\n$/, "");
      if (this.#ahead.length > LONGEST_LINE || !await this.#more()) throw brokenOff();
    }
  }

  /** The next bytes of a body; with `Infinity` all up to the end of the connection. */
  async bytes(length: number): Promise<Bytes> {
    const isLength = Number.isInteger(length) || length === Infinity;
    if (!isLength || length < 0) throw notHttp();
    const parts: Bytes = [];
    for (let left = length; left > 0;) {
      if (this.#room < (left === Infinity ? this.#ahead.length : left)) throw tooLarge();
      if (this.#ahead.length === 0 && !await this.#more()) {
        if (left === Infinity) break;
        throw brokenOff();
      }
      const part = this.#take(Math.min(left, this.#ahead.length));
      left -= part.length;
      this.#room -= part.length;
      parts.push(part);
    }
    return parts;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    const before = this.#ahead;
    this.#ahead = new Uint8Array(before.length + value.length);
    this.#ahead.set(before);
    this.#ahead.set(value, before.length);
    return true;
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#ahead.slice(0, count);
    this.#ahead = this.#ahead.slice(count);
    return taken;
  }
}

const notHttp = () => new ServiceError("answer", "answered with something that is not HTTP/1.1");
const brokenOff = () => new ServiceError("answer", "broke off in the middle of its answer");
