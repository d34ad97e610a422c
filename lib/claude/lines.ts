import { DelimiterStream } from "@std/streams";

const NEWLINE = new Uint8Array([10]);

/**
 * The lines of a byte stream, decoded, empty ones left out. Linear in the length of a line: the CLI
 * writes lines of many MB. Bytes that are not UTF-8 become U+FFFD.
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const bytes of stream.pipeThrough(new DelimiterStream(NEWLINE))) {
    const line = decoder.decode(bytes).trim();
    if (line !== "") yield line;
  }
}

/** Reads a stream to its end, or until it breaks, and keeps its last `limit` characters. */
export function tailOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>, limit: number): Tail {
  const decoder = new TextDecoder();
  let text = "";
  const drained = (async () => {
    for await (const bytes of stream) {
      text = (text + decoder.decode(bytes, { stream: true })).slice(-limit);
    }
  })().catch(() => {}); // What was said until then is the tail.
  return { text: () => text.trim(), drained };
}

/** The end of what a stream said so far. */
export interface Tail {
  text(): string;
  /** Settles when the stream has ended; never rejects. */
  readonly drained: Promise<void>;
}
