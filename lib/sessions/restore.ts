import { join } from "@std/path";
import { bytes } from "../units.ts";
import { checkEntries, filesOf, readManifest } from "./archive_rules.ts";
import type { ArchiveContext } from "./archive.ts";
import { ArchiveError, MetadataError, PersonaInvalidError } from "./errors.ts";
import type { Metadata } from "./metadata.ts";
import { readSessionPersona } from "./persona.ts";
import type { TarEntry } from "./tar.ts";
import { belongsTo, Transcripts } from "./transcripts.ts";

export interface RestoreResult {
  readonly metadata: Metadata;
  /** Files of the session, without folders. */
  readonly files: number;
  /** Conversations that were put back. */
  readonly transcripts: number;
}

/**
 * Makes a session from an archive again: looks at all names first, unpacks into an empty directory,
 * checks what lies there, then moves it to its place. The archive stays. Throws `ArchiveError` for
 * an archive that is damaged or not to be trusted, and `SessionExistsError`; nothing is left then.
 */
export async function restoreSession(
  context: ArchiveContext,
  archive: string,
  signal?: AbortSignal,
): Promise<RestoreResult> {
  const entries = await context.tar.list(archive, signal);
  checkEntries(entries);
  await checkSpace(context, entries);
  const transcripts = entries.filter(({ name }) => name.split("/")[0] === "transcript");
  const { directories } = context.manager;
  return await directories.withStaging(async (staging) => {
    const wanted = ["--keep-old-files", "-C", staging, "manifest.json", "session"];
    await context.tar.extract(archive, wanted, signal);
    const name = await checkUnpacked(staging, entries);
    const metadata = await adopted(context, join(staging, "session"), name, async (ids) => {
      const stranger = transcripts.find((entry) => !belongsTo(entry, ids));
      if (stranger) throw new ArchiveError(`Refused: '${stranger.name}' is not this session's.`);
      if (transcripts.length > 0) await placeTranscripts(context, archive, name, signal);
    });
    return {
      metadata,
      files: filesOf(entries),
      transcripts: transcripts.filter(({ name }) => /^[^/]+\/[^/]+\.jsonl$/.test(name)).length,
    };
  });
}

async function checkSpace(context: ArchiveContext, entries: readonly TarEntry[]): Promise<void> {
  const free = await context.freeSpace?.();
  const needed = entries.reduce((sum, { size }) => sum + size, 0);
  if (free !== undefined && needed > free) {
    throw new ArchiveError(`Unpacking needs ${bytes(needed)}, but only ${bytes(free)} are free.`);
  }
}

/** Leaves the unpacked session readable by its owner only. @returns its name. */
async function checkUnpacked(staging: string, entries: readonly TarEntry[]): Promise<string> {
  const manifest = await readManifest(staging);
  if (manifest.entries !== entries.length - 1) {
    throw new ArchiveError("The archive does not hold what its manifest says.");
  }
  const directory = join(staging, "session");
  await Deno.chmod(directory, 0o700);
  await ensureFiles(join(directory, "files"));
  return manifest.name;
}

/** @param prepare gets the conversations that are the session's own. */
async function adopted(
  { manager }: ArchiveContext,
  directory: string,
  name: string,
  prepare: (ids: readonly string[]) => Promise<void>,
): Promise<Metadata> {
  try {
    await readSessionPersona(directory, name); // Looked at only: what it says is offered.
    return await manager.adopt(directory, name, ({ claude_session_ids: ids }) => prepare(ids));
  } catch (error) {
    const wrong = error instanceof MetadataError || error instanceof PersonaInvalidError;
    if (wrong) throw new ArchiveError(`The session in the archive is damaged. ${error.message}`);
    throw error;
  }
}

async function ensureFiles(directory: string): Promise<void> {
  await Deno.mkdir(directory, { mode: 0o700 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  if (!(await Deno.lstat(directory)).isDirectory) {
    throw new ArchiveError("The session in the archive is damaged: files/ is not a folder.");
  }
}

async function placeTranscripts(
  { home, claudeConfigDir, tar }: ArchiveContext,
  archive: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  await Deno.mkdir(join(home, "sessions"), { recursive: true, mode: 0o700 });
  const cwd = join(await Deno.realPath(join(home, "sessions")), name);
  await new Transcripts(tar, claudeConfigDir, cwd).unpack(archive, signal);
}
