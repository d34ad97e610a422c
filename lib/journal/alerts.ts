import type { Level } from "../level.ts";
import type { Database } from "./database.ts";

/** One thing that the probes look at: its state, and what the person was told of it. */
export interface AlertThing {
  readonly probe: string;
  /** Tells it apart from the probe's other things; null: by its name, as earlier versions did. */
  readonly id: string | null;
  /** The probe's title. */
  readonly title: string;
  readonly name: string;
  /** The thing is the service itself, not one of the things that it watches. */
  readonly service: boolean;
  /** The last trouble was that it did not answer at all. */
  readonly down: boolean;
  /** The thing is a remark about the report, and is there only while that is so. */
  readonly note: boolean;
  /** The part of its report that it stands in; null: the report is one. */
  readonly part: string | null;
  /** The levels that the last check saw, and the one before. */
  readonly level: Level;
  readonly before: Level;
  readonly text: string;
  /** Since when it is well, or since when it is not. */
  readonly since: number;
  /** The level that the person believes. */
  readonly told: Level;
  /** When the trouble began that the person was told of. */
  readonly began: number;
  /** When and what the person heard of it lately. */
  readonly tellings: readonly { readonly at: number; readonly level: Level }[];
  readonly mutedUntil: number;
  /** Trouble that came while nothing was said. */
  readonly hushed: {
    readonly level: Level;
    readonly text: string;
    readonly from: number;
    /** When it had passed; null while it lasts. */
    readonly to: number | null;
  } | null;
  /** Since when its service answers without naming it. */
  readonly missingSince: number | null;
  /** When a check lately saw trouble begin or end, whether that was told or not. */
  readonly flips: readonly number[];
  /** Since when it comes and goes, if the person was told so. */
  readonly unstableSince: number | null;
}

/** One line of a telling: one thing. */
export interface AlertLine {
  readonly kind: "trouble" | "recovered" | "passed" | "gone" | "unstable" | "steady";
  readonly level: Level;
  readonly probe: string;
  /** The thing's; what earlier versions told has none. */
  readonly id?: string | null;
  readonly title: string;
  readonly name: string;
  readonly service: boolean;
  /** The trouble is, or was, that it does not answer at all. */
  readonly down: boolean;
  readonly text: string;
  /** When the trouble began. */
  readonly from: number;
  /** When it was over, or told. */
  readonly to: number;
  /** The line was held back while nothing was to be said. */
  readonly late: boolean;
}

/** The lines that the person was told at once. */
export interface AlertTelling {
  readonly at: number;
  readonly lines: readonly AlertLine[];
}

/** The memory of alerts over a restart. */
export interface Alerts {
  things(): AlertThing[];
  /** Takes the place of everything that was known. */
  replace(things: readonly AlertThing[]): void;
  /** Notes what the person is told. @returns its id, for the buttons below it. */
  tell(telling: AlertTelling): number;
  telling(id: number): AlertTelling | undefined;
  /** Says nothing of the things of a telling until then. */
  mute(id: number, until: number): void;
  /** When the last daily digest was sent; null for never. */
  digestAt(): number | null;
  noteDigest(at: number): void;
  /** Forgets tellings that are older; their buttons answer no more. */
  forget(before: number): void;
}

export function createAlerts(db: Database): Alerts {
  const all = db.query(
    "SELECT rest FROM alerts ORDER BY probe, id",
    (row: { rest: string }) => JSON.parse(row.rest) as AlertThing,
  );
  const clear = db.change("DELETE FROM alerts");
  const put = db.change("INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?)");
  const tell = db.insert("INSERT INTO alert_tellings (at, lines) VALUES (?, ?)");
  const telling = db.query(
    "SELECT at, lines FROM alert_tellings WHERE id = ?",
    ({ at, lines }: { at: number; lines: string }): AlertTelling => ({
      at,
      lines: JSON.parse(lines),
    }),
  );
  const forget = db.change("DELETE FROM alert_tellings WHERE at < ?");
  const digestAt = db.query<{ at: number | null }>("SELECT max(at) AS at FROM digests");
  const noteDigest = db.change("INSERT OR IGNORE INTO digests VALUES (?)");
  const mute = db.change(`
    UPDATE alerts SET rest = json_set(rest, '$.mutedUntil', ?1)
    WHERE probe = ?2 AND iif(?3 IS NULL, json_extract(rest, '$.name') = ?4, id = ?3)`);
  return {
    things: () => all.all(),
    replace(things) {
      clear();
      for (const thing of things) {
        const { probe, id, name, level, told, since, text } = thing;
        put(probe, id ?? name, level, told, since, text, JSON.stringify(thing));
      }
    },
    tell: ({ at, lines }) => tell(at, JSON.stringify(lines)),
    telling: (id) => telling.first(id),
    mute(id, until) {
      for (const { probe, id: thing = null, name } of telling.first(id)?.lines ?? []) {
        mute(until, probe, thing, name);
      }
    },
    digestAt: () => digestAt.first()?.at ?? null,
    noteDigest,
    forget,
  };
}
