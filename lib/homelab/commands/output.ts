import { withoutAnsi } from "../../text.ts";

/** More than a person reads; the rest is thrown away while the program goes on. */
const KEPT = 1024 * 1024;

// deno-lint-ignore no-control-regex -- all but tab and new line
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g;

/** The output of several streams as it comes. */
export interface Gathered {
  /** Settles when all streams have ended. */
  readonly done: Promise<void>;
  taken(): { readonly output: string; readonly cut: boolean };
  /** Reads no more. */
  close(): void;
}

/** Collects what a program prints on several streams, in the order in which it comes. */
export function gather(streams: readonly ReadableStream<Uint8Array<ArrayBuffer>>[]): Gathered {
  let [text, cut] = ["", false];
  const add = (more: string) => {
    const room = KEPT - text.length;
    cut ||= more.length > room;
    text += more.slice(0, room);
  };
  const readers = streams.map((stream) => stream.getReader());
  const done = Promise.all(readers.map(async (reader) => {
    const decoder = new TextDecoder();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      add(decoder.decode(read.value, { stream: true }));
    }
    add(decoder.decode());
  })).then(() => {}, () => {}); // A stream that breaks has ended.
  return {
    done,
    taken: () => ({ output: plain(text), cut }),
    close: () => readers.forEach((reader) => reader.cancel().catch(() => {})),
  };
}

/** A carriage return starts a line anew, as progress bars do; its last state is what counts. */
function plain(text: string): string {
  return withoutAnsi(text).replace(/\r\n/g, "\n").split("\n").map(lastState).join("\n")
    .replace(CONTROL, "").trimEnd();
}

/** What follows the last carriage return that anything follows. */
const lastState = (line: string): string =>
  line.length < 2 ? line : line.slice(line.lastIndexOf("\r", line.length - 2) + 1);

/**
 * The arguments in a text from the chat: words, with `"…"` or `'…'` around those that hold spaces;
 * null when a quote is not closed. Nothing else has a meaning.
 */
export function wordsOf(text: string): string[] | null {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s"'“”„]+|"[^"]*"|'[^']*'|[“„][^“”]*[“”])+)/y;
  const rest = text.trimEnd();
  while (pattern.lastIndex < rest.length) {
    const word = pattern.exec(rest)?.[1];
    if (word === undefined) return null;
    words.push(
      word.replace(/"([^"]*)"|'([^']*)'|[“„]([^“”]*)[“”]/g, (_, a, b, c) => a ?? b ?? c ?? ""),
    );
  }
  return words;
}
