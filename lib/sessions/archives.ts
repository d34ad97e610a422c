import { join, resolve } from "@std/path";
import { type ArchiveResult, archiveSession } from "./archive.ts";
import { ArchiveNotFoundError } from "./errors.ts";
import { KeyedMutex } from "./mutex.ts";
import type { SessionManager } from "./manager.ts";
import { type RestoreResult, restoreSession } from "./restore.ts";
import type { RunProgram } from "../programs.ts";
import { renameSession } from "./rename_session.ts";
import { entriesOf, lstatOrNull } from "./safe_file.ts";
import { Tar } from "./tar.ts";

export interface ArchivesOptions {
  readonly home: string;
  readonly manager: SessionManager;
  /** Runs `tar`, `pigz` and `gzip`. */
  readonly run: RunProgram;
  /** Where the CLI keeps its own state; only tar looks into it. */
  readonly claudeConfigDir: string;
  readonly now: () => Date;
  /** Bytes that may still be written in home; without it a restore does not ask. */
  readonly freeSpace?: () => Promise<number>;
}

export interface ArchiveFile {
  /** What `restore` takes. */
  readonly file: string;
  readonly time: Date;
  readonly size: number;
}

/** Sessions that were put away. One operation at a time; the others wait. */
export interface Archives {
  /**
   * Puts a session away with its conversations and removes it. Throws what
   * {@linkcode SessionManager.get} throws, `SessionBusyError` while its process lives, and
   * `ArchiveError`; the session is then untouched.
   */
  archive(name: string, options?: { signal?: AbortSignal }): Promise<ArchiveResult>;
  /**
   * Makes the session again. Throws `ArchiveNotFoundError`, `ArchiveError` and
   * `SessionExistsError`; the archive stays in any case.
   */
  restore(file: string, options?: { signal?: AbortSignal }): Promise<RestoreResult>;
  /**
   * Gives a session another name; its conversations come along. Throws what
   * {@linkcode SessionManager.rename} throws, and `ArchiveError`; it is then as it was.
   */
  rename(from: string, to: string, options?: { signal?: AbortSignal }): Promise<void>;
  /** Newest first. */
  archives(): Promise<ArchiveFile[]>;
}

/** The archives in a home's `sessions_archive/`. */
export function createArchives(options: ArchivesOptions): Archives {
  const home = resolve(options.home);
  const archives = join(home, "sessions_archive");
  const context = { ...options, home, archives, tar: new Tar(options.run) };
  const locks = new KeyedMutex();
  return {
    archive(name, { signal } = {}) {
      return locks.hold("archive", () => archiveSession(context, name, signal));
    },
    restore(file, { signal } = {}) {
      return locks.hold("archive", async () => {
        const path = await archivePath(archives, file);
        return await restoreSession(context, path, signal);
      });
    },
    rename(from, to, { signal } = {}) {
      return locks.hold("archive", () => renameSession(context, from, to, signal));
    },
    archives: () => listArchives(archives),
  };
}

/** Our own, and what the owner put there under another name; no links, no unfinished ones. */
function isArchiveName(file: string): boolean {
  return /^[^./\0][^/\0]*\.tar\.gz$/.test(file);
}

async function archivePath(archives: string, file: string): Promise<string> {
  const path = join(archives, file);
  const found = isArchiveName(file) && (await lstatOrNull(path))?.isFile;
  if (!found) throw new ArchiveNotFoundError(file);
  return path;
}

async function listArchives(archives: string): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  for await (const { name: file, isFile } of entriesOf(archives)) {
    if (!isFile || !isArchiveName(file)) continue;
    const info = await lstatOrNull(join(archives, file));
    if (info === null) continue; // Taken away meanwhile.
    files.push({ file, size: info.size, time: timeOf(file) ?? info.mtime ?? new Date(0) });
  }
  return files.sort((a, b) => b.time.getTime() - a.time.getTime());
}

/** The time in the name of an archive of ours. */
function timeOf(file: string): Date | undefined {
  const [, day, time] = /-(\d{8})T(\d{6})Z(?:-\d+)?\.tar\.gz$/.exec(file) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const date = new Date(
    `${day.replace(/(....)(..)(..)/, "$1-$2-$3")}T${time.replace(/(..)(..)(..)/, "$1:$2:$3")}Z`,
  );
  return Number.isNaN(date.getTime()) ? undefined : date;
}
