import { assert, assertEquals } from "@std/assert";
import { cpuMs } from "../../growth.ts";
import { gitlinks } from "../../../lib/sessions/git/repository.ts";

/** An index of version 4 whose entries each add one letter to the path of the one before. */
function growing(count: number): Uint8Array {
  const entry = new Uint8Array(62 + 3);
  entry[63] = 97;
  const index = new Uint8Array(12 + count * entry.length + 20);
  index.set(new TextEncoder().encode("DIRC"));
  new DataView(index.buffer).setUint32(4, 4);
  new DataView(index.buffer).setUint32(8, count);
  for (let at = 0; at < count; at++) index.set(entry, 12 + at * entry.length);
  return index;
}

Deno.test("git index: a path that only grows is given up, and costs no time", () => {
  assertEquals(gitlinks(growing(100), 20), []);
  const index = growing(200_000);
  const ms = cpuMs(() => assertEquals(gitlinks(index, 20), null));
  assert(ms < 1_000, `${ms} ms`);
});
