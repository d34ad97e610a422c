/** Damage to a journal that a program has open, as a bad disk does it. */
import { DatabaseSync } from "node:sqlite";

/** Overwrites all of a journal, so that whoever has it open reads what was overwritten. */
export function ruin(path: string): void {
  using other = new DatabaseSync(path);
  other.exec("PRAGMA user_version = 0"); // A commit of another's: what is in memory is read again.
  for (const [file, start] of [[path, 0], [`${path}-wal`, 32]] as const) {
    overwrite(file, start, nonsense(Deno.statSync(file).size - start));
  }
}

/** Overwrites the one page where a table begins. */
export function ruinTable(path: string, table: string): void {
  const { at, size } = pageOf(path, table);
  overwrite(path, at, nonsense(size));
}

/** Makes an index of a single page empty: it lacks then what its table has. */
export function emptyIndex(path: string, index: string): void {
  const { at, size } = pageOf(path, index);
  const page = new Uint8Array(size);
  page[0] = 10; // A leaf of an index, with its content area at the end (SQLite's file format, 1.6).
  new DataView(page.buffer).setUint16(5, size);
  overwrite(path, at, page);
}

function pageOf(path: string, name: string): { readonly at: number; readonly size: number } {
  using other = new DatabaseSync(path);
  const { size } = other.prepare("SELECT page_size AS size FROM pragma_page_size").get() as {
    size: number;
  };
  const { page } = other.prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = ?")
    .get(name) as { page: number };
  other.exec("PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE)");
  return { at: (page - 1) * size, size };
}

const nonsense = (size: number) =>
  new TextEncoder().encode("ruined! ".repeat(Math.ceil(size / 8))).slice(0, size);

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
