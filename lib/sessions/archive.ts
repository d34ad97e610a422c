import { join } from "@std/path";
import { checkEntries, filesOf, MANIFEST, writeManifest } from "./archive_rules.ts";
import { ArchiveError, SessionBusyError } from "./errors.ts";
import type { SessionManager } from "./manager.ts";
import type { Metadata } from "./metadata.ts";
import { lstatOrNull, syncPath } from "./safe_file.ts";
import {
  complaint,
  parseListing,
  patternOf,
  renaming,
  shownName,
  type Tar,
  type TarEntry,
} from "./tar.ts";
import { type FoundTranscripts, Transcripts } from "./transcripts.ts";

export interface ArchiveResult {
  readonly name: string;
  /** The archive's name in `sessions_archive/`, and its whole path. */
  readonly file: string;
  readonly path: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** Files of the session, without folders. */
  readonly files: number;
  /** Conversations that were put in. */
  readonly transcripts: number;
  /** One line for each thing that was left out, or left behind. */
  readonly skipped: readonly string[];
}

/** Archives and restores sessions. */
export interface ArchiveContext {
  readonly home: string;
  /** `sessions_archive/` */
  readonly archives: string;
  /** Where the CLI keeps its own state; only tar looks into it. */
  readonly claudeConfigDir: string;
  readonly now: () => Date;
  /** Bytes that may still be written in home; without it a restore does not ask. */
  readonly freeSpace?: () => Promise<number>;
  readonly manager: SessionManager;
  readonly tar: Tar;
}

/** All that goes into one archive, found before anything is written. */
interface Contents {
  readonly name: string;
  readonly cwd: string;
  readonly place: Transcripts;
  readonly transcripts: FoundTranscripts;
  /** As the archive will list them. */
  readonly entries: readonly TarEntry[];
  /** Quoted names as tar meets them on disk. */
  readonly left: readonly string[];
  readonly skipped: readonly string[];
}

/**
 * Packs a session with its conversations, reads the archive back whole and compares it with what is
 * on disk, and only then removes the session. On any error the session stays as it was.
 */
export async function archiveSession(
  context: ArchiveContext,
  name: string,
  signal?: AbortSignal,
): Promise<ArchiveResult> {
  const { manager } = context;
  const { contents, path } = await manager.retire(name, async (_, metadata) => {
    if (metadata.pid !== null) {
      throw new SessionBusyError(name, "has a running process, which must be closed first");
    }
    const contents = await survey(context, metadata, signal);
    return { contents, path: await pack(context, contents, signal) };
  });
  const remains = await contents.place.remove(contents.transcripts);
  const { entries, skipped, transcripts } = contents;
  return {
    name,
    file: path.slice(context.archives.length + 1),
    path,
    size: (await Deno.stat(path)).size,
    files: filesOf(entries),
    transcripts: transcripts.names.filter((name) => name.endsWith(".jsonl")).length,
    skipped: remains === undefined ? skipped : [...skipped, `transcripts not removed: ${remains}`],
  };
}

async function survey(
  { home, manager, tar, claudeConfigDir }: ArchiveContext,
  { name, claude_session_ids }: Metadata,
  signal?: AbortSignal,
): Promise<Contents> {
  const cwd = await manager.directories.real(name);
  const place = new Transcripts(tar, claudeConfigDir, cwd);
  const listing = await tar.survey(["-C", home, `sessions/${name}`], signal);
  if (listing.code !== 0) {
    throw new ArchiveError(`The session cannot be read: ${complaint(listing.stderr)}`);
  }
  const transcripts = await place.find(claude_session_ids, signal);
  const found = [...parseListing(listing.stdout), ...transcripts.entries];
  const left = specials(found);
  const entries = found
    .filter((entry) => !left.includes(entry.name))
    .map((entry) =>
      renamed(entry, [`sessions/${name}`, "session"], [`./${place.folder}`, "transcript"])
    );
  const skipped = [
    ...left.map((special) => `not a file: ${shownName(special)}`),
    ...[...listing.stderr.matchAll(/^\S*tar: "(.*)": socket ignored$/gm)]
      .map(([, socket]) => `a socket: ${shownName(socket ?? "")}`),
    ...transcripts.missing.map((id) => `no transcript of conversation ${id}`),
  ];
  return { name, cwd, place, transcripts, entries, left, skipped };
}

/** Pipes and devices, under each name that they have. */
function specials(entries: readonly TarEntry[]): string[] {
  const names = new Set(entries.filter(({ type }) => type === "special").map(({ name }) => name));
  if (names.size === 0) return [];
  for (const { type, name, target } of entries) {
    if (type === "hardlink" && target !== undefined && names.has(target)) names.add(name);
  }
  return [...names];
}

function renamed(entry: TarEntry, ...pairs: readonly (readonly [string, string])[]): TarEntry {
  const rename = (path: string) => {
    const pair = pairs.find(([from]) => path === from || path.startsWith(`${from}/`));
    return pair === undefined ? path : pair[1] + path.slice(pair[0].length);
  };
  const name = rename(entry.name);
  return entry.type === "hardlink" && entry.target !== undefined
    ? { ...entry, name, target: rename(entry.target) }
    : { ...entry, name };
}

/** Writes the archive and checks it. Returns its path; on an error nothing of it is left. */
async function pack(
  context: ArchiveContext,
  contents: Contents,
  signal?: AbortSignal,
): Promise<string> {
  const { archives, now, manager, tar } = context;
  const time = now();
  const part = await newPart(archives);
  try {
    await manager.directories.withStaging(async (staging) => {
      await writeManifest(staging, {
        format: 1,
        name: contents.name,
        created: time.toISOString(),
        cwd: contents.cwd,
        claude_session_ids: [...new Set(contents.transcripts.names.map(idOf))],
        entries: contents.entries.length,
        bytes: contents.entries.reduce((sum, { size }) => sum + size, 0),
        skipped: [...contents.skipped],
      });
      await tar.create(part, packArguments(context.home, staging, contents), signal);
    });
    await verify(context, part, contents, signal);
    await syncPath(part);
    const path = await freePath(archives, contents.name, time);
    await Deno.rename(part, path);
    await syncPath(archives);
    return path;
  } finally {
    await Deno.remove(part).catch(() => {});
  }
}

/** An empty file for the archive to be written to. One at a time: others are what a crash left. */
async function newPart(archives: string): Promise<string> {
  await Deno.mkdir(archives, { recursive: true, mode: 0o700 });
  const part = join(archives, ".unfinished.part");
  await Deno.remove(part).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.writeTextFile(part, "", { createNew: true, mode: 0o600 });
  return part;
}

function packArguments(home: string, staging: string, contents: Contents): string[] {
  const { name, place, transcripts, left } = contents;
  return [
    "--anchored",
    ...left.map((special) => `--exclude=${patternOf(special)}`),
    renaming([`sessions/${name}`, "session"], [`\\./${place.folder}`, "transcript"]),
    ...["-C", staging, MANIFEST],
    ...["-C", home, `sessions/${name}`],
    ...place.paths(transcripts.names),
  ];
}

/** The archive must be one that can be restored, hold what was found, and equal what is on disk. */
async function verify(
  { home, tar }: ArchiveContext,
  part: string,
  { name, entries, place, transcripts }: Contents,
  signal?: AbortSignal,
): Promise<void> {
  const listed = await tar.list(part, signal);
  checkEntries(listed);
  const asLine = (entry: TarEntry) => JSON.stringify([entry.name, entry.type, entry.size]);
  const expected = new Set(entries.map(asLine));
  const present = listed.filter((entry) => entry.name !== MANIFEST);
  if (present.length !== entries.length || !present.every((entry) => expected.has(asLine(entry)))) {
    throw new ArchiveError("The session changed while it was being archived. Please try again.");
  }
  const session = [renaming(["session", `sessions/${name}`]), "-C", home, "session"];
  await tar.compare(part, session, signal);
  if (transcripts.names.length === 0) return;
  const rename = renaming(["transcript", `./${place.folder}`]);
  await tar.compare(part, [rename, ...place.paths(["transcript"])], signal);
}

async function freePath(archives: string, name: string, time: Date): Promise<string> {
  const stamp = time.toISOString().replace(/[-:]|\.\d+/g, "");
  for (let count = 1;; count++) {
    const path = join(archives, `${name}-${stamp}${count === 1 ? "" : `-${count}`}.tar.gz`);
    if (await lstatOrNull(path) === null) return path;
  }
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).replace(/\.jsonl$/, "");
}
