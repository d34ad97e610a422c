import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { readTimetable, TimetableError } from "../../lib/schedule/timetable.ts";

/** A Friday, in this machine's time zone. */
const FRIDAY = new Date("2026-11-20T12:10:00").getTime();

const local = (time: number | null) =>
  time === null ? null : new Date(time).toLocaleString("sv-SE").slice(0, 16);

const TABLE: readonly (readonly [text: string, next: string, rest: string])[] = [
  ["every 30m is a disk full?", "2026-11-20 12:40", "is a disk full?"],
  ["every 45 m x", "2026-11-20 12:55", "x"],
  ["every 30 minutes look", "2026-11-20 12:40", "look"],
  ["every 2 hours look", "2026-11-20 14:10", "look"],
  ["every day 08:00 x", "2026-11-21 08:00", "x"],
  ["every day at the disks", "2026-11-21 12:10", "at the disks"],
  ["every weekday 08:00 x", "2026-11-23 08:00", "x"],
  ["every monday 08:00 x", "2026-11-23 08:00", "x"],
  ["every sat,sun 8:00 x", "2026-11-21 08:00", "x"],
  ["*/5 8 * * * look", "2026-11-21 08:00", "look"],
  ["every 2h look", "2026-11-20 14:10", "look"],
  ["every hour look at it", "2026-11-20 13:10", "look at it"],
  ["every 1d look", "2026-11-21 12:10", "look"],
  ["hourly look", "2026-11-20 13:00", "look"],
  ["daily 08:00 look\nand look again", "2026-11-21 08:00", "look\nand look again"],
  ["Daily 18:30 look", "2026-11-20 18:30", "look"],
  ["weekdays 8:00 look", "2026-11-23 08:00", "look"],
  ["weekends 10:00 look", "2026-11-21 10:00", "look"],
  ["mon,thursday 18:30 look", "2026-11-23 18:30", "look"],
  ["*/20 * * * * look", "2026-11-20 12:20", "look"],
  ["0 8 * * 1-5 are 5 disks there?", "2026-11-23 08:00", "are 5 disks there?"],
];

for (const [text, next, rest] of TABLE) {
  Deno.test(`timetable: '${text.replace("\n", " ")}'`, () => {
    const read = readTimetable(text);
    assertEquals(local(read.timetable.next(FRIDAY)), next);
    assertEquals(read.rest, rest);
    // What is kept in the journal is read again.
    assertEquals(local(readTimetable(read.timetable.text).timetable.next(FRIDAY)), next);
  });
}

const WRONG = [
  "",
  "soon look",
  "every",
  "every 3m look",
  "every 0h x",
  "daily look",
  "daily 25:00 x",
  "every day 25:00 x",
  "every month look",
  "every monday look",
  "every mad 08:00 x",
  "fridge 08:00 x",
  "every 30 look",
  "every 30miles x",
  "* * * * * look",
  "0,1 8 * * * look",
  "59,0 * * * * look",
];

for (const text of [...WRONG, "99 8 * * * look", "* * look", "mon look", "blah,mon 08:00 x"]) {
  Deno.test(`timetable: '${text}' is refused with examples`, () => {
    const error = assertThrows(() => readTimetable(text), TimetableError);
    assertEquals(/every 30m|5 minutes is the least/.test(error.message), true);
  });
}

Deno.test("timetable: what can never be has no next time", () => {
  assertEquals(readTimetable("0 0 30 2 * look").timetable.next(FRIDAY), null);
});

Deno.test("timetable: only what is too often is told to be too often", () => {
  for (const text of ["every month x", "every monday x", "every week x", "every monday 8 x"]) {
    const { message } = assertThrows(() => readTimetable(text), TimetableError);
    assertEquals(/is the least/.test(message), false, message);
  }
});

const RUNS_IN_ZONE = fromFileUrl(new URL("./runs_in_zone.ts", import.meta.url));

/** Runs between two times in a place whose clocks change; in a process of its own, as the zone is the process's. */
async function runsIn(zone: string, text: string, from: string, to: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", RUNS_IN_ZONE, text, from, to],
    env: { TZ: zone },
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

// In Copenhagen 02:00 to 03:00 comes twice on 25 October 2026 (00:00Z and 01:00Z), on 29 March never.
const BACK = ["2026-10-24T23:30:00Z", "2026-10-25T03:30:00Z"] as const;
const FORTH = ["2026-03-28T23:30:00Z", "2026-03-29T03:30:00Z"] as const;

Deno.test("timetable: what is hourly runs every hour, also when the clocks change", async () => {
  const zone = "Europe/Copenhagen";
  const each = ["00:00", "01:00", "02:00", "03:00"];
  for (const text of ["hourly", "0 * * * *", "0 */1 * * *"]) {
    assertEquals(await runsIn(zone, text, ...BACK), each, text);
    assertEquals(await runsIn(zone, text, ...FORTH), each, text);
  }
  assertEquals((await runsIn(zone, "*/30 * * * *", ...BACK)).length, 8);
  assertEquals((await runsIn(zone, "*/30 * * * *", ...FORTH)).length, 8);
  // Half an hour, at the other end of the world.
  const lord = await runsIn(
    "Australia/Lord_Howe",
    "*/30 * * * *",
    "2026-04-04T13:15:00Z",
    "2026-04-04T17:15:00Z",
  );
  assertEquals(lord.length, 8);
});

Deno.test("timetable: what has its hour runs once a day, also when the clocks change", async () => {
  const zone = "Europe/Copenhagen";
  for (const text of ["daily 02:30", "30 2 * * *"]) {
    assertEquals(await runsIn(zone, text, ...BACK), ["00:30"], text);
    assertEquals(await runsIn(zone, text, ...FORTH), ["01:30"], text);
  }
});

Deno.test("timetable: an hourly one of one day a year is found behind the changes", async () => {
  assertEquals(
    await runsIn("Europe/Copenhagen", "0 * 1 7 *", "2026-02-01T00:00:00Z", "2026-07-01T00:00:00Z"),
    ["22:00", "23:00", "00:00"],
  );
  assertEquals(readTimetable("0 * 30 2 * look").timetable.next(FRIDAY), null);
});

Deno.test("timetable: what is asked in the second of two hours lies ahead", async () => {
  const runs = (text: string) =>
    runsIn("Europe/Copenhagen", text, "2026-10-25T01:10:00Z", "2026-10-25T02:30:00Z");
  assertEquals(await runs("*/20 * * * *"), ["01:20", "01:40", "02:00", "02:20"]);
  assertEquals(await runs("daily 02:30"), []);
  assertEquals(await runs("daily 03:00"), ["02:00"]);
  assertEquals(await runs("*/20 1-4 * * *"), ["02:00", "02:20"]);
});
