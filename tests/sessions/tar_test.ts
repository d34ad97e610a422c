import { assertEquals, assertThrows } from "@std/assert";
import { ArchiveError } from "../../lib/sessions/mod.ts";
import { parseListing, patternOf } from "../../lib/sessions/tar.ts";

const listing = (...lines: string[]) => new TextEncoder().encode(lines.join("\n") + "\n");

Deno.test("tar: a listing is read with kinds, sizes and where links lead", () => {
  assertEquals(
    parseListing(listing(
      String.raw`drwxr-xr-x 0/0               0 2026-11-20 23:34 "session/"`,
      String
        .raw`-rwsr-xr-x 1000/1000     12345 2026-11-20 23:34:47.585701502 "session/a \"b\" -> c"`,
      String.raw`lrwxrwxrwx 0/0               0 1969-12-31 23:59 "session/n\n" -> "x\" -> \"y"`,
      String.raw`hrw-r--r-- 0/0               0 2026-11-20 23:34 "session/h" link to "session/a"`,
      String.raw`crw-rw-rw- 0/0             1,3 2026-11-20 23:34 "session/null"`,
    )),
    [
      { type: "directory", name: "session", size: 0 },
      { type: "file", name: String.raw`session/a \"b\" -> c`, size: 12345 },
      { type: "link", name: String.raw`session/n\n`, size: 0, target: String.raw`x\" -> \"y` },
      { type: "hardlink", name: "session/h", size: 0, target: "session/a" },
      { type: "special", name: "session/null", size: 0 },
    ],
  );
});

Deno.test("tar: a line that is not plainly one entry is refused", () => {
  const lines = [
    "session/a",
    String.raw`-rw-r--r-- 0/0 1 2026-11-20 23:34 session/a`,
    String.raw`-rw-r--r-- 0/0 1 2026-11-20 23:34 "a" "b"`,
    String.raw`-rw-r--r-- a b/c 1 2026-11-20 23:34 "a"`,
    String.raw`-rw-r--r-- 0/0 1 2026-11-20 23:34 "a\"`,
    String.raw`-rw-r--r-- 0/0 1 2026-11-20 23:34 "a"--Continued at byte 5--`,
  ];
  for (const line of lines) assertThrows(() => parseListing(listing(line)), ArchiveError);
});

Deno.test("tar: a pattern matches the name behind the quotes and no other", () => {
  const cases: [string, string][] = [
    ["plain", "plain"],
    [String.raw`a\nb\tc`, "a\nb\tc"],
    [String.raw`say \"hi\"`, 'say "hi"'],
    [String.raw`back\\slash`, String.raw`back\\slash`],
    ["star*?[x]", String.raw`star\*\?\[x]`],
    [String.raw`p\303\257pe`, "pïpe"],
    [String.raw`\001\177`, "\x01\x7f"],
    [String.raw`p\351pe*`, "p[!\x01-\x7f]pe\\*"],
  ];
  for (const [quoted, pattern] of cases) assertEquals(patternOf(quoted), pattern);
});
