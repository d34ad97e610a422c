import { assertEquals, assertMatch } from "@std/assert";
import { Disk } from "../../lib/app/disk.ts";
import { troubleOf } from "../../lib/app/trouble.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { fakeClock } from "../fake_clock.ts";
import { aJob } from "../journal/fixture.ts";

const FULL = new Error("database or disk is full");

/** A disk as its watcher sees it, and what people hear. */
class Stage {
  readonly clock = fakeClock();
  free = 10e9;
  writable = true;
  /** Whether people can be reached. */
  online = true;
  readonly told: string[] = [];
  readonly noted: string[] = [];
  /** How often what was held up went on. */
  goings = 0;
  /** What happens when it does. */
  goOn = () => {};
  /** What a look for damage finds, and how many there were. */
  found: "begins" | "sound" | "again" = "begins";
  checks = 0;
  readonly disk = new Disk({
    clock: this.clock,
    free: () => Promise.resolve(this.free),
    probe: () => this.#write(),
    users: [1, 2],
    tell: (user, words) => {
      if (this.online) this.told.push(`${user}: ${words}`);
      return Promise.resolve(this.online);
    },
    note: (words) => {
      this.#write();
      this.noted.push(words);
    },
    goOn: () => {
      this.goings++;
      this.goOn();
    },
    restart: () => {
      this.checks++;
      return this.found;
    },
  });

  #write(): void {
    if (!this.writable) throw FULL;
  }

  fill(): void {
    this.free = 0;
    this.writable = false;
    this.disk.failed(FULL);
  }

  empty(): void {
    this.free = 1e9;
    this.writable = true;
  }
}

Deno.test("disk: an incident is told once, and once that it is over", async () => {
  const stage = new Stage();
  stage.fill();
  for (let n = 0; n < 5; n++) stage.disk.failed(FULL);
  await stage.clock.advance(60_000);
  assertEquals(stage.told.map((words) => words[0]), ["1", "2"]);
  assertMatch(stage.told[0]!, /disk of Switchboard is full.*\/stop works/);
  stage.empty();
  await stage.clock.advance(5_000);
  assertEquals([stage.goings, stage.noted.length], [1, 0]);
  await stage.clock.advance(300_000);
  assertEquals([stage.goings, stage.noted.length, stage.told.length], [1, 1, 2]);
});

Deno.test("disk: one that is full now and then is one incident until a minute went well", async () => {
  const stage = new Stage();
  for (let round = 0; round < 20; round++) {
    stage.fill();
    await stage.clock.advance(20_000);
    stage.empty();
    await stage.clock.advance(20_000);
  }
  assertEquals([stage.goings, stage.told.length, stage.noted], [20, 2, []]);
  await stage.clock.advance(60_000);
  assertEquals(stage.noted.length, 1);
});

Deno.test("disk: with little more room all goes on, but it is not said to be over", async () => {
  const stage = new Stage();
  stage.fill();
  stage.empty();
  stage.free = 4e6;
  await stage.clock.advance(300_000);
  assertEquals([stage.goings, stage.noted], [1, []]);
});

Deno.test("disk: who could not be told is told as long as it lasts, and nobody twice", async () => {
  const stage = new Stage();
  stage.online = false;
  stage.fill();
  await stage.clock.advance(600_000);
  assertEquals(stage.told, []);
  stage.online = true;
  await stage.clock.advance(60_000);
  assertEquals(stage.told.map((words) => words[0]), ["1", "2"]);
});

Deno.test("disk: what fails when it goes on belongs to the same incident", async () => {
  const stage = new Stage();
  stage.fill();
  stage.goOn = () => {
    if (stage.goings === 1) stage.disk.failed(FULL);
  };
  stage.empty();
  await stage.clock.advance(300_000);
  assertEquals([stage.goings, stage.told.length, stage.noted.length], [2, 2, 1]);
});

Deno.test("disk: what goes wrong when it goes on does not end the watch", async () => {
  const stage = new Stage();
  stage.fill();
  stage.goOn = () => {
    throw new Error("something else");
  };
  stage.empty();
  await stage.clock.advance(300_000);
  assertEquals([stage.goings, stage.noted.length], [1, 1]);
});

Deno.test("disk: a write that happens to fit does not end the incident", async () => {
  const stage = new Stage();
  stage.fill();
  stage.writable = true;
  stage.free = 100_000;
  await stage.clock.advance(300_000);
  assertEquals([stage.goings, stage.noted], [0, []]);
});

Deno.test("disk: the next incident is told again", async () => {
  const stage = new Stage();
  stage.fill();
  stage.empty();
  await stage.clock.advance(70_000);
  stage.fill();
  await stage.clock.advance(5_000);
  assertEquals([stage.noted.length, stage.told.length], [1, 4]);
});

Deno.test("disk: little room is warned of once, and again only after there was clearly more", async () => {
  const stage = new Stage();
  await stage.disk.look();
  for (const free of [250e6, 199e6, 150e6, 250e6, 190e6, 310e6, 205e6]) {
    stage.free = free;
    await stage.clock.advance(60_000);
  }
  assertEquals(stage.noted.length, 1);
  assertMatch(stage.noted[0]!, /Only 199 MB/);
  stage.free = 180e6;
  await stage.clock.advance(60_000);
  assertEquals(stage.noted.length, 2);
});

Deno.test("disk: a warning that cannot be written down begins an incident", async () => {
  const stage = new Stage();
  stage.free = 100_000;
  stage.writable = false;
  await stage.disk.look();
  await stage.clock.advance(0);
  assertEquals([stage.told.length, stage.noted], [2, []]);
});

const DAMAGED = new Error("database disk image is malformed");
const TOLD_DAMAGE = [
  "1: ⚠️ The journal of Switchboard is damaged",
  "2: ⚠️ The journal of Switchboard is damaged",
];

/** What people were told, up to its first full stop. */
const heads = ({ told }: Stage) => told.map((words) => words.split(".")[0]);

Deno.test("disk: with a damaged journal all begins anew, once, and the next start tells of it", async () => {
  const stage = new Stage();
  for (let n = 0; n < 3; n++) stage.disk.failed(DAMAGED);
  await stage.clock.advance(300_000);
  assertEquals([stage.checks, stage.told, stage.clock.timers], [1, [], 0]);
});

Deno.test("disk: a journal that is damaged again is told with what to do, and does not mend itself", async () => {
  const stage = new Stage();
  stage.found = "again";
  stage.disk.failed(DAMAGED);
  await stage.clock.advance(300_000);
  assertMatch(stage.told[0]!, /restart Switchboard/);
  assertEquals([heads(stage), stage.goings, stage.noted], [TOLD_DAMAGE, 0, []]);
});

Deno.test("disk: a journal that is damaged again begins anew when enough time has passed", async () => {
  const stage = new Stage();
  stage.found = "again";
  stage.disk.failed(DAMAGED);
  await stage.clock.advance(300_000);
  stage.disk.failed(DAMAGED);
  await stage.clock.advance(5_000);
  stage.found = "begins";
  assertEquals(stage.clock.timers, 1);
  stage.disk.failed(DAMAGED);
  await stage.clock.advance(5_000);
  assertEquals([heads(stage), stage.clock.timers], [TOLD_DAMAGE, 0]);
});

Deno.test("disk: damage that nobody finds is a disk that fails, and is over when that is well", async () => {
  const stage = new Stage();
  stage.found = "sound";
  stage.writable = false;
  stage.disk.failed(DAMAGED);
  await stage.clock.advance(60_000);
  assertMatch(stage.told[0]!, /does not take what I write.*I go on by myself/);
  stage.writable = true;
  await stage.clock.advance(5_000);
  assertEquals([stage.goings, stage.checks], [1, 1]);
  await stage.clock.advance(60_000);
  assertEquals(stage.noted.length, 1);
});

for (const first of [FULL, new Error("disk I/O error")]) {
  Deno.test(`disk: damage that follows from '${first.message}' is looked for, too`, async () => {
    const stage = new Stage();
    stage.writable = false;
    stage.disk.failed(first);
    stage.found = "sound";
    stage.disk.failed(DAMAGED);
    await stage.clock.advance(60_000);
    assertEquals([stage.checks, stage.told.length], [1, 2]);
    stage.found = "begins";
    stage.disk.failed(DAMAGED);
    await stage.clock.advance(5_000);
    assertEquals([stage.checks, stage.told.length, stage.clock.timers], [2, 2, 0]);
  });
}

Deno.test("disk: damage that follows from a full disk, and again, is told", async () => {
  const stage = new Stage();
  stage.found = "again";
  stage.fill();
  await stage.clock.advance(10_000);
  stage.disk.failed(DAMAGED);
  stage.disk.failed(FULL);
  stage.empty();
  await stage.clock.advance(300_000);
  assertEquals(heads(stage).slice(2), TOLD_DAMAGE);
  assertEquals([stage.goings, stage.noted], [0, []]);
});

Deno.test("disk: nothing is watched after the close", async () => {
  const stage = new Stage();
  await stage.disk.look();
  stage.fill();
  stage.disk.close();
  assertEquals(stage.clock.timers, 0);
  stage.disk.failed(FULL);
  await stage.disk.look();
  assertEquals([stage.told.length, stage.clock.timers], [1, 0]);
});

const ERRORS = [
  [new Error("database or disk is full"), "full"],
  [new Error("No space left on device (os error 28): writefile 'x'"), "full"],
  [new Error("Disk quota exceeded (os error 122)"), "full"],
  [new Error("attempt to write a readonly database"), "read-only"],
  [new Error("Read-only file system (os error 30), mkdir 'x'"), "read-only"],
  [new Error("disk I/O error"), "failing"],
  [new Error("file is not a database"), "damaged"],
  [new Error("UNIQUE constraint failed: updates.update_id"), null],
  [new Error("Session 'x' cannot be read"), null],
  ["a string", null],
] as const;

Deno.test("disk: an error is the disk's only where its words say so", () => {
  for (const [error, trouble] of ERRORS) assertEquals(troubleOf(error), trouble, String(error));
});

Deno.test("disk: a full journal's failures are seen wherever they are met, and are thrown on", () => {
  const seen: unknown[] = [];
  using journal = openJournal(":memory:");
  journal.watch((error) => void seen.push(troubleOf(error)));
  assertEquals(journal.jobs.add(aJob(), 1), 1);
  const text = "x".repeat(20_000_000);
  let failures = 0;
  for (
    const write of [
      () => journal.jobs.add(aJob({ text: 7 as unknown as string, user: {} as number }), 1),
      () => journal.transaction(() => journal.jobs.add(aJob({ text, user: {} as number }), 1)),
    ]
  ) {
    try {
      write();
    } catch {
      failures++;
    }
  }
  assertEquals([failures, seen.length >= 2], [2, true]);
  assertEquals(journal.jobs.waiting("s").length, 1);
});
