import { assertEquals } from "@std/assert";
import { walk } from "@std/fs";
import { fromFileUrl } from "@std/path";
import { bytes } from "../lib/units.ts";

Deno.test("units: sizes are said shortly, in thousands", () => {
  const sizes = [0, 300, 999, 999.6, 1_000, 512_000, 999_499, 999_500, 1e6, 9.96e6, 92.4e6];
  assertEquals(sizes.map(bytes), [
    ...["0 B", "300 B", "999 B", "1 kB", "1 kB", "512 kB", "999 kB", "1.0 MB", "1.0 MB", "10 MB"],
    "92 MB",
  ]);
  assertEquals([999.6e6, 12.34e9, 99.96e9, 4.2e12, 4e15, 7e18].map(bytes), [
    ...["1.0 GB", "12.3 GB", "100 GB", "4.2 TB", "4.0 PB", "7000 PB"],
  ]);
});

Deno.test("units: nobody else makes a size of a number", async () => {
  const others: string[] = [];
  for await (
    const { path } of walk(fromFileUrl(new URL("../lib", import.meta.url)), { exts: ["ts"] })
  ) {
    const text = await Deno.readTextFile(path);
    const made = /"[kKMGT]i?B"|\}\s?[kKMGT]i?B\b/.test(text);
    if (made && !path.endsWith("lib/units.ts")) others.push(path);
  }
  assertEquals(others, []);
});
