import { assert, assertEquals } from "@std/assert";
import { readLines } from "../../lib/claude/protocol.ts";
import { tailOf } from "../../lib/claude/launch.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const MB = 1024 * 1024;

/** A stream of these chunks; text or bytes. */
function streamOf(...chunks: (string | Uint8Array<ArrayBuffer>)[]) {
  return ReadableStream.from(
    chunks.map((chunk) => typeof chunk === "string" ? bytes(chunk) : chunk),
  );
}

/** `text` in chunks of `size` bytes. */
function* inChunks(text: string, size: number): Generator<Uint8Array<ArrayBuffer>> {
  const all = bytes(text);
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

const lines = (...chunks: (string | Uint8Array<ArrayBuffer>)[]) =>
  Array.fromAsync(readLines(streamOf(...chunks)));

const CASES: [string, string[], string[]][] = [
  ["lines of one chunk", ["a\nb\n"], ["a", "b"]],
  ["a line in pieces", ["a", "b", "c\nd", "e\n"], ["abc", "de"]],
  ["a last line without its end", ["a\nb"], ["a", "b"]],
  ["CRLF", ["a\r\nb\r", "\n"], ["a", "b"]],
  ["empty lines are left out", ["\n\n  \n\r\na\n\n"], ["a"]],
  ["nothing", [], []],
  ["separators of Unicode do not end a line", ['"a\u2028b\u0085c"\n'], ['"a\u2028b\u0085c"']],
];

for (const [what, chunks, expected] of CASES) {
  Deno.test(`readLines: ${what}`, async () => assertEquals(await lines(...chunks), expected));
}

Deno.test("readLines: characters survive being cut anywhere", async () => {
  const text = "ü€😀👨‍👩‍👧\nzweite Zeile 😀\n";
  for (const size of [1, 2, 3, 5]) {
    assertEquals(await lines(...inChunks(text, size)), text.trim().split("\n"), `by ${size} bytes`);
  }
});

Deno.test("readLines: bytes that are no UTF-8 spoil their place alone", async () => {
  const broken = new Uint8Array([97, 0xff, 98, 10, 0xe2, 0x82, 10, 99, 10]);
  assertEquals(await lines(broken), ["a\ufffdb", "\ufffd", "c"]);
});

Deno.test("readLines: lines of 8 MB arrive whole, in chunks as a pipe gives them", async () => {
  const long = "x".repeat(8 * MB);
  const got = await lines(...inChunks(`${long}\nshort\n${long}`, 64 * 1024));
  assertEquals(got.map((line) => line.length), [8 * MB, 5, 8 * MB]);
});

Deno.test("readLines: the time grows with the length of a line, not with its square", async () => {
  const best = async (size: number) => {
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const chunks = [...inChunks("x".repeat(size), 16 * 1024)];
      const start = performance.now();
      await lines(...chunks);
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  };
  const short = Math.max(await best(MB), 1);
  const long = await best(16 * MB);
  // Sixteen times as long; a reader that is quadratic takes 256 times as much.
  assert(long < 100 * short, `16 MB took ${long} ms, 1 MB took ${short} ms`);
});

Deno.test("tailOf: it keeps the end of what was said", async () => {
  const tail = tailOf(streamOf("0123456789", "abcdefghij", "\n"), 8);
  await tail.drained;
  assertEquals(tail.text(), "defghij");
});

Deno.test("tailOf: it is there while the stream still runs", async () => {
  const { readable, writable } = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >();
  const tail = tailOf(readable, 100);
  const writer = writable.getWriter();
  const euro = bytes("half €");
  await writer.write(euro.slice(0, 7));
  await writer.write(euro.slice(7));
  assertEquals(tail.text(), "half €");
  await writer.close();
  await tail.drained;
});

Deno.test("tailOf: a stream that breaks ends the tail, and nothing is thrown", async () => {
  const broken = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes("last words"));
    },
    pull(controller) {
      controller.error(new Error("broken"));
    },
  });
  const tail = tailOf(broken, 100);
  await tail.drained;
  assertEquals(tail.text(), "last words");
});
