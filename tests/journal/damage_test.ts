import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { openJournal, openSoundJournal } from "../../lib/journal/mod.ts";
import { emptyIndex } from "../ruin.ts";
import { aDelivery, aJob } from "./fixture.ts";

const NOW = new Date("2026-11-21T02:47:10.500Z");
const KEPT = "journal.db.damaged-2026-11-21T02-47-10";

/** A journal with a hundred jobs, closed, in a directory of its own. */
function filled(test: (path: string) => void): void {
  const dir = Deno.makeTempDirSync({ prefix: "switchboard-damage-" });
  const path = join(dir, "journal.db");
  try {
    using journal = openJournal(path);
    journal.transaction(() => {
      for (let n = 0; n < 100; n++) journal.jobs.add(aJob({ text: "x".repeat(2_000) }), n);
    });
    journal.close();
    test(path);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

const filesBeside = (path: string) =>
  [...Deno.readDirSync(dirname(path))].map(({ name }) => name).sort();

/** Writes `bytes` over the file from `at` on. */
function scribble(path: string, at: number, bytes: number): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(bytes).fill(0x5a));
}

const DAMAGES: readonly (readonly [string, (path: string) => void])[] = [
  ["garbage in the middle", (path) => scribble(path, 40_960, 60_000)],
  ["garbage over its head", (path) => scribble(path, 0, 4_096)],
  ["missing entries in an index", (path) => emptyIndex(path, "jobs_open")],
  ["cut in half", (path) => Deno.truncateSync(path, Deno.statSync(path).size / 2)],
  ["cut inside a page", (path) => Deno.truncateSync(path, 10_001)],
  ["no database at all", (path) => Deno.writeTextFileSync(path, "What is this?\n".repeat(99))],
  ["empty", (path) => Deno.truncateSync(path, 0)],
];

for (const [what, damaging] of DAMAGES) {
  Deno.test(`damage: a journal that is ${what} is kept aside as it is, and a new one works`, () => {
    filled((path) => {
      damaging(path);
      const before = Deno.readFileSync(path);
      const { journal, damage } = openSoundJournal(path, NOW, true);
      assertEquals(basename(damage?.kept ?? ""), KEPT);
      assertEquals(Deno.readFileSync(damage!.kept!), before);
      assert(damage!.why.length > 5);
      assertEquals(journal.jobs.sessionsWaiting(), []);
      journal.deliveries.add([aDelivery("a")], 1);
      journal.close();
      const again = openSoundJournal(path, NOW, true);
      assertEquals(again.damage, null);
      assertEquals(again.journal.deliveries.chats(), [1]);
      again.journal.close();
    });
  });
}

Deno.test("damage: SQLite's files beside the journal go with it", () => {
  filled((path) => {
    Deno.writeTextFileSync(path, "garbage");
    Deno.writeTextFileSync(`${path}-wal`, "wal");
    Deno.writeTextFileSync(`${path}-shm`, "shm");
    openSoundJournal(path, NOW, true).journal.close();
    assertEquals(filesBeside(path), ["journal.db", KEPT, `${KEPT}-shm`, `${KEPT}-wal`]);
  });
});

Deno.test("damage: a sound journal with a torn end of its WAL is opened as it is", () => {
  filled((path) => {
    Deno.writeTextFileSync(`${path}-wal`, "a crash tore this");
    const { journal, damage } = openSoundJournal(path, NOW, true);
    assertEquals(damage, null);
    assertEquals(journal.jobs.waiting("s").length, 100);
    journal.close();
  });
});

Deno.test("damage: a first start has no journal, a later one misses it", () => {
  filled((path) => {
    Deno.removeSync(path);
    const first = openSoundJournal(path, NOW, false);
    assertEquals(first.damage, null);
    first.journal.close();
    Deno.removeSync(path);
    const later = openSoundJournal(path, NOW, true);
    assertEquals(later.damage?.kept, null);
    assertMatch(later.damage!.why, /missing/);
    later.journal.close();
  });
});
