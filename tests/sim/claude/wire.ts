/** Lines in and out: NDJSON over stdin and stdout, in order, without blocking the event loop. */

export type Line = Readonly<Record<string, unknown>>;

/** Writes lines in their order. The reader may be slow: what it has not taken yet is kept. */
export class Wire {
  readonly #encoder = new TextEncoder();
  #waiting: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #broken = false;

  constructor(readonly sessionId: () => string) {}

  /** A line of the conversation: it carries the session's id and an id of its own. */
  emit(line: Line): void {
    this.send({ ...line, session_id: this.sessionId(), uuid: crypto.randomUUID() });
  }

  /** A line as it is. */
  send(line: Line): void {
    this.raw(JSON.stringify(line) + "\n");
  }

  /** Nothing more is said. */
  mute(): void {
    this.#broken = true;
  }

  /** Bytes that need not be a line. */
  raw(text: string): void {
    if (this.#broken) return;
    this.#waiting.push(text);
    if (this.#waiting.length === 1) this.#writing = this.#writing.then(() => this.#drain());
  }

  async flush(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#broken) await this.#writing;
    await this.#writing;
  }

  async #drain(): Promise<void> {
    const bytes = this.#encoder.encode(this.#waiting.join(""));
    this.#waiting = [];
    try {
      for (let at = 0; at < bytes.length && !this.#broken;) {
        at += await Deno.stdout.write(bytes.subarray(at));
      }
    } catch {
      this.#broken = true; // The parent closed its end; the turn goes on, as with the real one.
    }
  }
}

/** What the child says on stderr; written at once, since an exit may follow. */
export function complain(text: string): void {
  const bytes = new TextEncoder().encode(text.endsWith("\n") ? text : text + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
}

/** The lines of stdin, all those together that arrived together. Ends when stdin is closed. */
export async function* lineBatches(input: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of input) {
    const pieces = decoder.decode(chunk, { stream: true }).split("\n");
    const last = pieces.pop() ?? "";
    if (pieces.length === 0) {
      parts.push(last);
      continue;
    }
    const batch = [parts.join("") + pieces[0], ...pieces.slice(1)];
    parts = [last];
    yield batch.map((line) => line.replace(/\r$/, "")).filter((line) => line !== "");
  }
  const rest = parts.join("");
  if (rest) yield [rest];
}
