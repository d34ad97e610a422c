import { dirname, join, resolve } from "@std/path";
import { logger } from "../log/mod.ts";
import { type ArchiveContext, type ArchiveResult, archiveSession } from "./archive.ts";
import { ArchiveNotFoundError } from "./errors.ts";
import { KeyedMutex } from "./mutex.ts";
import { type RestoreResult, restoreSession } from "./restore.ts";
import type { RunProgram } from "../programs.ts";
import { entriesOf, lstatOrNull } from "./safe_file.ts";
import { Tar } from "./tar.ts";
import { Transcripts } from "./transcripts.ts";

const log = logger("sessions");

/** The parts that the archives of a home work with. */
export interface ArchivesOptions extends Omit<ArchiveContext, "archives" | "tar"> {
  /** Runs `tar`, `pigz` and `gzip`. */
  readonly run: RunProgram;
}

export interface ArchiveFile {
  /** What `restore` takes. */
  readonly file: string;
  readonly time: Date;
  readonly size: number;
}

/** Sessions that were put away, in a home's `sessions_archive/`. One operation at a time; the others wait. */
export class Archives {
  readonly #context: ArchiveContext;
  readonly #locks = new KeyedMutex();

  constructor(options: ArchivesOptions) {
    const home = resolve(options.home);
    const archives = join(home, "sessions_archive");
    this.#context = { ...options, home, archives, tar: new Tar(options.run) };
  }

  /**
   * Puts a session away with its conversations and removes it. Throws what
   * `SessionManager.get` throws, `SessionBusyError` while its process lives, and
   * `ArchiveError`; the session is then untouched.
   */
  async archive(name: string, { signal }: Stoppable = {}): Promise<ArchiveResult> {
    return await this.#alone(() => archiveSession(this.#context, name, signal));
  }

  /**
   * Makes the session again. Throws `ArchiveNotFoundError`, `ArchiveError` and
   * `SessionExistsError`; the archive stays in any case.
   */
  async restore(file: string, { signal }: Stoppable = {}): Promise<RestoreResult> {
    return await this.#alone(async () => {
      const path = await archivePath(this.#context.archives, file);
      return await restoreSession(this.#context, path, signal);
    });
  }

  /**
   * Gives a session another name; its conversations come along. Throws what
   * `SessionManager.rename` throws, and `ArchiveError`; it is then as it was.
   */
  async rename(from: string, to: string, { signal }: Stoppable = {}): Promise<void> {
    await this.#alone(() => renameWithTranscripts(this.#context, from, to, signal));
  }

  /** Newest first. */
  async archives(): Promise<ArchiveFile[]> {
    return await listArchives(this.#context.archives);
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    return await this.#locks.hold("archive", work);
  }
}

interface Stoppable {
  readonly signal?: AbortSignal;
}

/**
 * Gives a session another name. The CLI keeps its conversations by the working directory: they are
 * copied first and taken away from the old folder last, so that a crash in between loses none. The CLI
 * takes the copy in the folder of its directory before any other (Claude Code 2.1.329).
 */
async function renameWithTranscripts(
  context: ArchiveContext,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  const { manager, tar, claudeConfigDir } = context;
  let removeOld = () => Promise.resolve<string | undefined>(undefined);
  await manager.rename(from, to, async ({ claude_session_ids: ids }) => {
    const cwd = await manager.directories.real(from);
    const before = new Transcripts(tar, claudeConfigDir, cwd);
    const after = new Transcripts(tar, claudeConfigDir, join(dirname(cwd), to));
    if (before.folder === after.folder) return; // As of `a_b` and `a-b`.
    const there = await before.find(ids, signal);
    await manager.directories.withStaging((staging) =>
      before.copyTo(after, there, join(staging, "transcripts.tar.gz"), signal)
    );
    removeOld = () => before.remove(there);
  });
  const remains = await removeOld();
  if (remains === undefined) return;
  log.warn("The transcripts of {from} are still there as well: {remains}", { from, remains });
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
