import { ServiceError } from "./client.ts";

/** The part of a connection that an exchange needs. */
export type ByteStream = Pick<Deno.Conn, "read" | "write">;

/** What one exchange sends, beside where to. */
export interface Exchange {
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | null;
}

/** No header line of a service is longer; a stream without line ends would be read for ever. */
const LONGEST_LINE = 16 * 1024;
const LARGEST_BODY = 16 * 1024 * 1024;
const MAX_HEADERS = 200;

/**
 * One request and its answer over a connection that is already open and trusted. `fetch` cannot be
 * told to check a certificate under another name than the one it connects to; this is for
 * those connections, and knows as much of HTTP/1.1 as they need. The caller closes `conn`.
 */
export async function exchange(conn: ByteStream, url: URL, request: Exchange): Promise<Response> {
  await writeAll(conn, new TextEncoder().encode(requestText(url, request)));
  const from = new Incoming(conn);
  const [, code] = /^HTTP\/1\.[01] (\d{3})/.exec(await from.line()) ?? [];
  if (code === undefined) throw notHttp();
  const headers = await readHeaders(from);
  const status = Number(code);
  const empty = status === 204 || status === 304;
  const bytes = empty ? null : await readBody(from, headers);
  // Its parts have been put together, and nothing is compressed since nothing else was accepted.
  headers.delete("transfer-encoding");
  return new Response(bytes, { status, headers });
}

function requestText(url: URL, { method, headers, body }: Exchange): string {
  const sent = new Headers(headers);
  sent.set("host", url.host);
  sent.set("connection", "close");
  sent.set("accept-encoding", "identity");
  if (body !== null) sent.set("content-length", `${new TextEncoder().encode(body).length}`);
  const lines = [...sent].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines}\r\n${body ?? ""}`;
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

async function readBody(from: Incoming, headers: Headers): Promise<Uint8Array<ArrayBuffer>> {
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) return await readChunks(from);
  const length = headers.get("content-length");
  return length === null ? await from.rest() : await from.exactly(Number(length));
}

async function readChunks(from: Incoming): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const size = parseInt(await from.line(), 16);
    if (size === 0) break;
    total += size;
    chunks.push(await from.exactly(total > LARGEST_BODY ? total : size));
    await from.line();
  }
  return joined(chunks, total);
}

/** Bytes of a connection, by lines and by lengths. */
class Incoming {
  readonly #conn: ByteStream;
  #ahead = new Uint8Array(0);

  constructor(conn: ByteStream) {
    this.#conn = conn;
  }

  /** The next line without its end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#ahead.indexOf(10);
      if (end >= 0) return new TextDecoder().decode(this.#take(end + 1)).replace(/\r?\n$/, "");
      if (this.#ahead.length > LONGEST_LINE || !await this.#more()) throw brokenOff();
    }
  }

  async exactly(length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!Number.isInteger(length) || length < 0) throw notHttp();
    if (length > LARGEST_BODY) {
      throw new ServiceError("answer", "answered with more than 16 MB; the rest was not read");
    }
    const body = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#ahead.length === 0 && !await this.#more()) throw brokenOff();
      const part = this.#take(Math.min(length - filled, this.#ahead.length));
      body.set(part, filled);
      filled += part.length;
    }
    return body;
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    let total = 0;
    do {
      total += this.#ahead.length;
      if (total > LARGEST_BODY) return await this.exactly(total);
      parts.push(this.#take(this.#ahead.length));
    } while (await this.#more());
    return joined(parts, total);
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#conn.read(buffer);
    if (count === null) return false;
    this.#ahead = joined([this.#ahead, buffer.subarray(0, count)], this.#ahead.length + count);
    return true;
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#ahead.slice(0, count);
    this.#ahead = this.#ahead.slice(count);
    return taken;
  }
}

function notHttp(): ServiceError {
  return new ServiceError("answer", "answered with something that is not HTTP/1.1");
}

function brokenOff(): ServiceError {
  return new ServiceError("answer", "broke off in the middle of its answer");
}

function joined(parts: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function writeAll(conn: ByteStream, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}
