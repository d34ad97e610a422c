/**
 * Proxmox's calendar events as Proxmox computes them: proxmox-time f3305009 `calendar_event.rs`,
 * `date_time_value.rs` and `tm_editor.rs` with the local time of libc, what it makes of the hours around
 * a clock change included.
 */

/** Calendar fields as `struct tm` has them; `wday` from Monday as 0. */
interface Tm {
  year: number;
  month: number;
  day: number;
  hour: number;
  min: number;
  sec: number;
  wday: number;
}

/** Local time of a place. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  /** By quarters of an hour; what was found out for one zone of that name holds for all. */
  readonly #offsets: Map<number, number>;
  static readonly #known = new Map<string, Map<number, number>>();

  /** Of an hour that comes twice, `mktime` may take either: it depends on what it was asked before. */
  constructor(readonly name: string, readonly twice: "first" | "second" = "first") {
    this.#offsets = Zone.#known.get(name) ?? new Map();
    Zone.#known.set(name, this.#offsets);
    this.#format = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
      ...{ second: "numeric", hourCycle: "h23" },
    });
  }

  /** Seconds east of UTC; no place changes its clocks but at a quarter of an hour. */
  offset(epoch: number): number {
    const quarter = Math.floor(epoch / 900);
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      const parts = this.#format.formatToParts(quarter * 900_000)
        .map(({ type, value }) => [type, Number(value)] as const);
      const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = Object.fromEntries(
        parts,
      );
      offset = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - quarter * 900;
      this.#offsets.set(quarter, offset);
    }
    return offset;
  }

  localtime(epoch: number): Tm {
    const date = new Date((epoch + this.offset(epoch)) * 1000);
    return {
      ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
      ...{ hour: date.getUTCHours(), min: date.getUTCMinutes(), sec: date.getUTCSeconds() },
      wday: (date.getUTCDay() + 6) % 7,
    };
  }

  /** `mktime` with `tm_isdst = -1`, of fields that may lie outside of their ranges. */
  mktime({ year, month, day, hour, min, sec }: Tm): number {
    const civil = Date.UTC(year, month - 1, day, hour, min, sec) / 1000;
    const around = [this.offset(civil - 86_400), this.offset(civil + 86_400)];
    const possible = [...new Set(around.map((offset) => civil - offset))]
      .filter((epoch) => epoch + this.offset(epoch) === civil)
      .sort((a, b) => a - b);
    // An hour that is left out is counted on from the clock before it.
    return (this.twice === "first" ? possible[0] : possible.at(-1)) ?? civil - around[0]!;
  }
}

const UTC = new Zone("UTC");

interface Value {
  readonly from: number;
  readonly to: number | null;
  /** Null for a single value and for a range; 0 repeats nothing. */
  readonly every: number | null;
}

const contains = (list: readonly Value[], value: number) =>
  list.some(({ from, to, every }) => {
    if (every === null) return value >= from && value <= (to ?? from);
    if (value < from) return false;
    return every > 0
      ? (value - from) % every === 0 && (to === null || value <= to)
      : value === from;
  });

function findNext(list: readonly Value[], value: number): number | null {
  const found = list.flatMap(({ from, to, every }) => {
    if (value < from) return [from];
    if (every === null) return to !== null && value + 1 <= to ? [value + 1] : [];
    if (every === 0) return [];
    const next = from + Math.floor((value - from + every) / every) * every;
    return to === null || next <= to ? [next] : [];
  });
  return found.length === 0 ? null : Math.min(...found);
}

interface Event {
  readonly utc: boolean;
  /** Monday as 0; empty for all. */
  readonly days: ReadonlySet<number>;
  readonly year: readonly Value[];
  readonly month: readonly Value[];
  readonly day: readonly Value[];
  readonly hour: readonly Value[];
  readonly minute: readonly Value[];
  readonly second: readonly Value[];
}

const at = (value: number): Value[] => [{ from: value, to: null, every: null }];
const WHOLE = { days: new Set<number>(), year: [], month: [], day: [], hour: [], minute: [] };
const MIDNIGHT = { ...WHOLE, hour: at(0), minute: at(0), second: at(0) };
const KEYWORDS: Readonly<Record<string, Omit<Event, "utc">>> = {
  minutely: { ...WHOLE, second: at(0) },
  hourly: { ...WHOLE, minute: at(0), second: at(0) },
  daily: MIDNIGHT,
  weekly: { ...MIDNIGHT, days: new Set([0]) },
  monthly: { ...MIDNIGHT, day: at(1) },
  yearly: { ...MIDNIGHT, day: at(1), month: at(1) },
  annually: { ...MIDNIGHT, day: at(1), month: at(1) },
  quarterly: { ...MIDNIGHT, day: at(1), month: [1, 4, 7, 10].flatMap(at) },
  semiannually: { ...MIDNIGHT, day: at(1), month: [1, 7].flatMap(at) },
  "semi-annually": { ...MIDNIGHT, day: at(1), month: [1, 7].flatMap(at) },
};
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const LONG = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** A calendar event is none. */
export class CalendarError extends Error {}

/** What is still to be read of a text. */
class Reader {
  constructor(public rest: string) {}

  take(pattern: RegExp): RegExpExecArray | null {
    const found = new RegExp(`^(?:${pattern.source})`, pattern.flags).exec(this.rest);
    if (found !== null) this.rest = this.rest.slice(found[0].length);
    return found;
  }

  /** What `read` gives; null, with nothing taken, when it fails. */
  attempt<T>(read: () => T): T | null {
    const before = this.rest;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CalendarError)) throw error;
      this.rest = before;
      return null;
    }
  }

  expect(text: string): void {
    if (!this.rest.startsWith(text)) throw new CalendarError(`expected '${text}'`);
    this.rest = this.rest.slice(text.length);
  }

  number(max: number): number {
    const [digits] = this.take(/\d+/) ?? [];
    if (digits === undefined || Number(digits) >= max) throw new CalendarError("no such value");
    return Number(digits);
  }

  weekday(): number {
    const name = this.take(/[a-z]+/i)?.[0].toLowerCase() ?? "";
    const day = Math.max(DAYS.indexOf(name), LONG.indexOf(name));
    if (day < 0) throw new CalendarError("no weekday");
    return day;
  }

  weekdays(): Set<number> {
    const days = new Set<number>();
    do {
      const start = this.weekday();
      const end = this.attempt(() => (this.expect(".."), this.weekday())) ?? start;
      for (let day = start;; day = (day + 1) % 7) {
        days.add(day);
        if (day === end) break;
      }
    } while (this.take(/,/) !== null);
    return days;
  }

  value(max: number): Value {
    const from = this.number(max);
    const to = this.attempt(() => (this.expect(".."), this.number(max)));
    if (to !== null && from > to) throw new CalendarError("range start is bigger than end");
    return { from, to, every: this.take(/\//) === null ? null : this.number(max) };
  }

  values(start: number, max: number): Value[] {
    if (this.take(/\*/) !== null) {
      const every = this.rest.startsWith("/") ? (this.expect("/"), this.number(max)) : null;
      if (every === 0) throw new CalendarError("repeats nothing"); // The rest, "/0", is not read.
      return every === null ? [] : [{ from: start, to: null, every }];
    }
    const list = [this.value(max)];
    for (;;) {
      const next = this.attempt(() => (this.expect(","), this.value(max)));
      if (next === null) return list;
      list.push(next);
    }
  }

  date() {
    const dash = (start: number, max: number) => (this.expect("-"), this.values(start, max));
    return this.attempt(() => ({
      ...{ year: this.values(0, 2200), month: dash(1, 13), day: dash(1, 32) },
    })) ?? this.attempt(() => ({ year: [], month: this.values(1, 13), day: dash(1, 32) }));
  }

  time() {
    return this.attempt(() => {
      const hour = this.attempt(() => {
        const hours = this.values(0, 24);
        this.expect(":");
        return hours;
      }) ?? [];
      const minute = this.values(0, 60);
      const second = this.attempt(() => (this.expect(":"), this.values(0, 60))) ?? at(0);
      return { hour, minute, second };
    });
  }
}

/** @throws {CalendarError} */
export function parseCalendarEvent(text: string): Event {
  const trimmed = text.trim();
  if (trimmed === "") throw new CalendarError("event is empty");
  const utc = trimmed.endsWith("UTC");
  const body = utc ? trimmed.slice(0, -3).replace(/ +$/, "") : trimmed;
  if (Object.hasOwn(KEYWORDS, body)) return { ...KEYWORDS[body]!, utc };
  const reader = new Reader(body);
  const days = /^[a-z]/i.test(body) ? reader.weekdays() : null;
  if (days !== null) reader.take(/[ \t]*/);
  const date = reader.date();
  if (date !== null) reader.take(/[ \t]*/);
  const time = reader.time();
  if (reader.rest !== "") throw new CalendarError(`unable to parse at '${reader.rest}'`);
  if (days === null && date === null && time === null) throw new CalendarError("nothing said");
  return {
    ...{ utc, days: days ?? new Set(), year: [], month: [], day: [] },
    ...date,
    ...(time ?? { hour: at(0), minute: at(0), second: at(0) }),
  };
}

/** `CalendarEvent::compute_next_event`: the first after `last`, in seconds; null when there is none. */
export function computeNextEvent(event: Event, last: number, local: Zone): number | null {
  const zone = event.utc ? UTC : local;
  let t = zone.localtime(last + 1);
  const set = (change: Partial<Tm>) => t = zone.localtime(zone.mktime({ ...t, ...change }));
  const midnight = { hour: 0, min: 0, sec: 0 };
  const all = event.days.size === 0 || event.days.size === 7;
  for (let count = 0; count <= 1000; count++) {
    if (event.year.length > 0 && !contains(event.year, t.year)) {
      const next = findNext(event.year, t.year);
      if (next === null) return null;
      set({ year: next, month: 1, day: 1, ...midnight });
    } else if (event.month.length > 0 && !contains(event.month, t.month)) {
      const next = findNext(event.month, t.month);
      if (next === null) set({ year: t.year + 1, month: 1, day: 1, ...midnight });
      else set({ month: next, day: 1, ...midnight });
    } else if (event.day.length > 0 && !contains(event.day, t.day)) {
      const next = findNext(event.day, t.day);
      if (next === null) set({ month: t.month + 1, day: 1, ...midnight });
      else set({ day: next, ...midnight });
    } else if (!all && !event.days.has(t.wday)) {
      const later = [...event.days].filter((day) => day > t.wday);
      const next = later.length === 0 ? 7 : Math.min(...later);
      set({ day: t.day + next - t.wday, ...midnight });
    } else if (event.hour.length > 0 && !contains(event.hour, t.hour)) {
      const next = findNext(event.hour, t.hour);
      if (next === null) set({ day: t.day + 1, ...midnight });
      else set({ ...midnight, hour: next });
    } else if (event.minute.length > 0 && !contains(event.minute, t.min)) {
      const next = findNext(event.minute, t.min);
      if (next === null) set({ ...midnight, hour: t.hour + 1 });
      else set({ min: next, sec: 0 });
    } else if (event.second.length > 0 && !contains(event.second, t.sec)) {
      const next = findNext(event.second, t.sec);
      if (next === null) set({ min: t.min + 1, sec: 0 });
      else set({ sec: next });
    } else {
      return zone.mktime(t);
    }
  }
  return null;
}
