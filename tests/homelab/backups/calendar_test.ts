/**
 * Whether a backup is late, for all schedules of Proxmox's calendar grammar over two years with both
 * clock changes: what the probe says with PVE computing the runs (tests/sim/homelab/calendar.ts) against
 * a stepper that knows no more than the fields of the grammar and tries every minute.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Schedules } from "../../../lib/homelab/backups/schedules.ts";
import type { Proxmox } from "../../../lib/homelab/proxmox/api.ts";
import {
  CalendarError,
  computeNextEvent,
  parseCalendarEvent,
  Zone,
} from "../../sim/homelab/calendar.ts";

/** The values that a field allows, spelled out; null for all. */
interface Fields {
  readonly months: ReadonlySet<number> | null;
  readonly days: ReadonlySet<number> | null;
  readonly years: ReadonlySet<number> | null;
  readonly weekdays: ReadonlySet<number> | null;
  readonly hours: ReadonlySet<number> | null;
  readonly minutes: ReadonlySet<number> | null;
}

const set = (...values: number[]) => new Set(values);
const span = (from: number, to: number, step = 1) =>
  new Set(Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step));
const fields = (change: Partial<Fields>): Fields => ({
  ...{ months: null, days: null, years: null, weekdays: null, hours: set(0), minutes: set(0) },
  ...change,
});

/**
 * Where a repetition does not come out even, PVE itself skips what follows its end: after hour 20 of
 * every fifth comes hour 25, which is 01:00 of the next day, and then 05:00 (`find_next`).
 */
const SKIPS: ReadonlySet<string> = new Set(["*/5:10,40", "2026-*-1/10 06:00"]);

/** Every production of `parse_calendar_event_incomplete`, and what it means by systemd.time(7). */
const GRAMMAR: readonly (readonly [string, Fields])[] = [
  ["minutely", fields({ hours: null, minutes: null })],
  ["hourly", fields({ hours: null })],
  ["daily", fields({})],
  ["weekly", fields({ weekdays: set(1) })],
  ["monthly", fields({ days: set(1) })],
  ["quarterly", fields({ days: set(1), months: set(1, 4, 7, 10) })],
  ["semiannually", fields({ days: set(1), months: set(1, 7) })],
  ["semi-annually", fields({ days: set(1), months: set(1, 7) })],
  ["yearly", fields({ days: set(1), months: set(1) })],
  ["annually", fields({ days: set(1), months: set(1) })],
  ["02:30", fields({ hours: set(2), minutes: set(30) })],
  ["2:30", fields({ hours: set(2), minutes: set(30) })],
  ["21:00", fields({ hours: set(21) })],
  ["30", fields({ hours: null, minutes: set(30) })],
  ["*/15", fields({ hours: null, minutes: span(0, 59, 15) })],
  ["*:0", fields({ hours: null })],
  ["*:*", fields({ hours: null, minutes: null })],
  ["*/2:00", fields({ hours: span(0, 23, 2) })],
  ["*/5:10,40", fields({ hours: span(0, 23, 5), minutes: set(10, 40) })],
  ["1/6:0", fields({ hours: span(1, 23, 6) })],
  ["8..17/3:0/20", fields({ hours: span(8, 17, 3), minutes: span(0, 59, 20) })],
  ["22,23,0..4:05", fields({ hours: set(22, 23, 0, 1, 2, 3, 4), minutes: set(5) })],
  ["02:00:00", fields({ hours: set(2) })],
  ["25:00", fields({ hours: null, minutes: set(25) })], // No hour, so a minute and a second.
  ["mon", fields({ weekdays: set(1) })],
  ["SUNDAY 01:00", fields({ weekdays: set(0), hours: set(1) })],
  ["mon..fri 02:30", fields({ weekdays: span(1, 5), hours: set(2), minutes: set(30) })],
  ["fri..mon 3:00", fields({ weekdays: set(5, 6, 0, 1), hours: set(3) })],
  ["mon,wed..thu,sun 12:00", fields({ weekdays: set(1, 3, 4, 0), hours: set(12) })],
  ["sat *:30", fields({ weekdays: set(6), hours: null, minutes: set(30) })],
  ["*-*-01 03:00", fields({ days: set(1), hours: set(3) })],
  ["*-01", fields({ days: set(1) })],
  ["*-*-31", fields({ days: set(31) })],
  ["02-29 02:00", fields({ months: set(2), days: set(29), hours: set(2) })],
  [
    "*-1..6/2-15 04:30",
    fields({
      ...{ months: set(1, 3, 5), days: set(15), hours: set(4), minutes: set(30) },
    }),
  ],
  ["2026-*-1/10 06:00", fields({ years: set(2026), days: set(1, 11, 21, 31), hours: set(6) })],
  ["2026,2027-12-24", fields({ years: set(2026, 2027), months: set(12), days: set(24) })],
  [
    "sun *-*-1..7 01:30",
    fields({
      ...{ weekdays: set(0), days: span(1, 7), hours: set(1), minutes: set(30) },
    }),
  ],
  ["fri *-*-13 00:00", fields({ weekdays: set(5), days: set(13) })],
  ["2020-01-01", fields({ years: set(2020), months: set(1), days: set(1) })],
];

const FROM = Date.parse("2026-01-01T00:00:00Z") / 1000;
const MINUTES = 2 * 365 * 24 * 60;
/** The last one changes its clocks by half an hour, and in the other half of the year. */
const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];

const YEAR = 2026; // Years are kept as what they are beyond it.

/** The local fields of every minute of two years, and whether its time comes twice on that clock. */
function minutesIn(zone: Zone) {
  const table = () => new Uint8Array(MINUTES);
  const local = {
    ...{ minutes: table(), hours: table(), weekdays: table(), days: table(), months: table() },
    ...{ years: table(), again: table() },
  };
  for (let index = 0; index < MINUTES; index++) {
    const epoch = FROM + index * 60;
    const date = new Date((epoch + zone.offset(epoch)) * 1000);
    local.minutes[index] = date.getUTCMinutes();
    local.hours[index] = date.getUTCHours();
    local.weekdays[index] = date.getUTCDay();
    local.days[index] = date.getUTCDate();
    local.months[index] = date.getUTCMonth() + 1;
    local.years[index] = date.getUTCFullYear() - YEAR + 1;
    local.again[index] = whichOfTwo(epoch, zone);
  }
  return local;
}

/** 1 and 2 for the first and the second of two minutes with the same time; 0 for one that is alone. */
function whichOfTwo(epoch: number, zone: Zone): 0 | 1 | 2 {
  for (const shift of [1_800, 3_600]) {
    if (zone.offset(epoch - shift) - zone.offset(epoch) === shift) return 2;
    if (zone.offset(epoch) - zone.offset(epoch + shift) === shift) return 1;
  }
  return 0;
}

/** Which values of a field are allowed, by value. */
function allowedOf(values: ReadonlySet<number> | null, base = 0): boolean[] {
  return Array.from({ length: 60 }, (_, value) => values === null || values.has(value + base));
}

/**
 * The epochs of all minutes of two years at which a schedule is due, by trying each of them: all, and
 * those without the first, or the second, of the times that come twice, since libc knows one of them.
 */
function stepped(allowed: Fields, local: ReturnType<typeof minutesIn>) {
  const [minutes, hours, weekdays, days, months] = [
    ...[allowed.minutes, allowed.hours, allowed.weekdays, allowed.days, allowed.months],
  ].map((values) => allowedOf(values)) as [boolean[], boolean[], boolean[], boolean[], boolean[]];
  const years = allowedOf(allowed.years, YEAR - 1);
  const [all, first, second]: number[][] = [[], [], []];
  for (let index = 0; index < MINUTES; index++) {
    if (
      minutes[local.minutes[index]!] && hours[local.hours[index]!] &&
      weekdays[local.weekdays[index]!] && days[local.days[index]!] &&
      months[local.months[index]!] && years[local.years[index]!]
    ) {
      const epoch = FROM + index * 60;
      all!.push(epoch);
      if (local.again[index] !== 2) first!.push(epoch);
      if (local.again[index] !== 1) second!.push(epoch);
    }
  }
  return [all!, first!, second!];
}

/** How many of `due`, which rise, are after `last` and not after `now`; two at the most. */
function between(due: readonly number[], last: number, now: number): number {
  let [low, high] = [0, due.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (due[middle]! > last) high = middle;
    else low = middle + 1;
  }
  return due.slice(low, low + 2).filter((at) => at <= now).length;
}

/** PVE, as far as schedules go. */
function clusterIn(zone: Zone): Proxmox {
  return {
    hostname: "pve",
    get(path, shape) {
      const params = new URL(`http://pve${path}`).searchParams;
      const event = parseCalendarEvent(params.get("schedule") ?? "");
      const runs: { timestamp: number }[] = [];
      let at: number | null = Number(params.get("starttime"));
      while (runs.length < Number(params.get("iterations"))) {
        at = computeNextEvent(event, at, zone);
        if (at === null) break;
        runs.push({ timestamp: at });
      }
      return Promise.resolve(shape.parse(runs));
    },
  };
}

/** A number from 0 to 1 that looks random and is not. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

/** Within hours of a clock change, what libc makes of the hour that comes twice is not settled. */
function nearChange(epoch: number, zone: Zone): boolean {
  return zone.offset(epoch - 3 * 3_600) !== zone.offset(epoch + 3 * 3_600);
}

const LEVELS = ["ok", "warn", "bad"] as const;
const never = new AbortController().signal;

for (const name of ZONES) {
  Deno.test(`calendar: all of the grammar over two years in ${name}`, async () => {
    const random = seeded(7);
    const local = minutesIn(new Zone(name));
    const all = GRAMMAR.map(([schedule, allowed]) => [schedule, stepped(allowed, local)] as const);
    for (const twice of ["first", "second"] as const) {
      const zone = new Zone(name, twice);
      const schedules = new Schedules(clusterIn(zone));
      let [compared, around] = [0, 0];
      for (const [schedule, due] of all) {
        const changes = [FROM + 86 * 86_400, FROM + 297 * 86_400, FROM + 450 * 86_400];
        for (let round = 0; round < 60; round++) {
          // Half of them around the clock changes.
          const middle = round % 2 === 0
            ? FROM + 40 * 86_400 + random() * 650 * 86_400
            : changes[round % 3]! + random() * 12 * 86_400;
          const last = Math.floor(middle);
          const now = Math.floor(last + random() ** 3 * 30 * 86_400);
          const runs = await schedules.after(schedule, last * 1000, never);
          assert("data" in runs);
          const missed = runs.data.filter((at) => at <= now * 1000).length;
          const expected = due.map((each) => between(each, last, now));
          const fits = missed <= Math.max(...expected) &&
            (SKIPS.has(schedule) || missed >= Math.min(...expected));
          if (!fits) {
            assert(
              nearChange(last, zone) || nearChange(now, zone),
              `${schedule} in ${name}: after ${last} until ${now}: ${LEVELS[missed]}, not ` +
                expected.map((count) => LEVELS[count]).join(),
            );
            around++;
          }
          compared++;
        }
      }
      assert(around < compared / 50, `${around} of ${compared} are not settled`);
    }
  });
}

Deno.test("calendar: what the grammar does not have is refused", () => {
  const wrong = [
    ...["", "12:60", "mon.. 2:00", "notaday", "5..3:00", "*/0", "2026-13-01", "2026-1-32"],
    ...["daily 02:00", "1 2 3", "02:00 UTCx", "2200-01-01", "*:*:60"],
  ];
  for (const text of wrong) {
    assertThrows(() => assert(parseCalendarEvent(text) === null, text), CalendarError);
  }
});

Deno.test("calendar: an event in UTC heeds no local clock", () => {
  const berlin = new Zone("Europe/Berlin");
  const event = parseCalendarEvent("02:30 UTC");
  const midnight = Date.parse("2026-10-25T00:00:00Z") / 1000;
  assertEquals(computeNextEvent(event, midnight, berlin), midnight + 2.5 * 3_600);
});

Deno.test("calendar: hourly when clocks go back misses no hour that PVE runs, and invents none", async () => {
  const midnight = Date.parse("2026-10-24T22:30:00Z"); // 00:30 in Berlin.
  for (const twice of ["first", "second"] as const) {
    const schedules = new Schedules(clusterIn(new Zone("Europe/Berlin", twice)));
    const runs: string[] = [];
    let at = midnight;
    for (let hour = 0; hour < 5; hour++) {
      const next = await schedules.after("hourly", at, never);
      assert("data" in next && next.data[0]! > at);
      at = next.data[0]!;
      runs.push(new Date(at).toISOString().slice(0, 16));
    }
    const [, , third] = runs; // 02:00 once, whichever of the two.
    assertMatch(third ?? "", /T0[012]:00/);
    assertEquals(runs.toSorted(), runs, runs.join(" "));
    assert(at - midnight <= 6.5 * 3_600_000);
  }
});

Deno.test("calendar: every quarter of an hour goes on through the hour that comes twice", async () => {
  const zone = new Zone("Europe/Berlin", "first");
  const schedules = new Schedules(clusterIn(zone));
  // In the second 02:xx libc may take what comes next for the first one, which is over.
  const inSecond = Date.parse("2026-10-25T01:20:00Z");
  const next = await schedules.after("*/15", inSecond, never);
  assert("data" in next && next.data.length === 2);
  assert(next.data.every((run) => run > inSecond && run < inSecond + 3 * 3_600_000));
});
