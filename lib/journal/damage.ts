import { DatabaseSync } from "node:sqlite";
import { errorText } from "../errors.ts";
import { type Journal, openJournal } from "./journal.ts";

/** A journal that could not be used, and why. */
export interface Damage {
  readonly why: string;
  /** Where it lies now; null when there was nothing to keep. */
  readonly kept: string | null;
}

/**
 * Opens the journal. One that is damaged is put aside, whole, and a new one is begun.
 *
 * All of it is read for that, its indexes too: 80 ms for 60 MB.
 * @param expected whether an earlier run must have left one.
 * @throws {JournalError} as `openJournal` does.
 */
export function openSoundJournal(
  path: string,
  now: Date,
  expected: boolean,
): { readonly journal: Journal; readonly damage: Damage | null } {
  const why = whatIsWrong(path, expected);
  const damage = why === null ? null : { why, kept: putAside(path, now) };
  return { journal: openJournal(path), damage };
}

function whatIsWrong(path: string, expected: boolean): string | null {
  const size = sizeOf(path);
  if (size === null) return expected ? "it is missing" : null;
  if (size === 0 && sizeOf(`${path}-wal`) === null) return expected ? "it is empty" : null;
  return damageOf(path);
}

/** The damage of an existing journal, in SQLite's words; null when none is found. */
export function damageOf(path: string): string | null {
  try {
    // Whoever may write would remove a WAL, which is part of what is to be kept.
    using db = new DatabaseSync(path, { readOnly: true });
    // `quick_check` does not see an index that lacks what its table has.
    const [found] = Object.values(db.prepare("PRAGMA integrity_check(1)").get() ?? {});
    // Some of what it finds stands under a headline.
    return found === "ok" ? null : String(found ?? "it cannot be checked").split("\n").at(-1)!;
  } catch (error) {
    const words = errorText(error);
    // What else keeps it from being opened says `openJournal`, and touches nothing.
    return /not a database|malformed/.test(words) ? words : null;
  }
}

/** Renames a journal with SQLite's own files beside it, which belong to no other. */
function putAside(path: string, now: Date): string | null {
  const time = now.toISOString().replace(/\..*/, "").replaceAll(":", "-");
  const kept = `${path}.damaged-${time}`;
  const moved = ["", "-wal", "-shm"].filter((end) => {
    if (sizeOf(path + end) === null) return false;
    Deno.renameSync(path + end, kept + end);
    return true;
  });
  return moved.includes("") ? kept : null;
}

function sizeOf(path: string): number | null {
  try {
    return Deno.lstatSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
