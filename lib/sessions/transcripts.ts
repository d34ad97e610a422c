/**
 * The CLI keeps a session's conversations outside of home, where only tar may go: by their exact
 * ids, since the folder's name is not the session's alone (`a_b` and `a-b` share one).
 */
import { join } from "@std/path";
import { ArchiveError } from "./errors.ts";
import { complaint, parseListing, renaming, type Tar, type TarEntry } from "./tar.ts";

/** The transcripts of one working directory below the CLI's configuration directory. */
export interface TranscriptPlace {
  readonly config: string;
  /** The folder in `projects/`: the directory with `-` for all but letters and digits. */
  readonly folder: string;
}

export function transcriptPlace(config: string, cwd: string): TranscriptPlace {
  return { config, folder: cwd.replace(/[^A-Za-z0-9]/g, "-") };
}

export interface FoundTranscripts {
  /** As tar lists them: below `./<folder>/`. */
  readonly entries: readonly TarEntry[];
  /** The names to hand to tar, of those that are there. */
  readonly names: readonly string[];
  /** Of these ids there is none. */
  readonly missing: readonly string[];
}

/** The arguments that make tar look where {@linkcode FoundTranscripts} names are true. */
export function inProjects({ config }: TranscriptPlace, names: readonly string[]): string[] {
  return names.length === 0 ? [] : ["-C", join(config, "projects"), ...names];
}

/** Which transcripts of these conversations are there. Throws `ArchiveError` if that is not clear. */
export async function findTranscripts(
  tar: Tar,
  place: TranscriptPlace,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<FoundTranscripts> {
  const wanted = ids.flatMap((id) => [fileOf(place, id), folderOf(place, id)]);
  if (wanted.length === 0) return { entries: [], names: [], missing: [] };
  const { code, stdout, stderr } = await tar.survey(inProjects(place, wanted), signal);
  const entries = parseListing(stdout);
  if (code !== 0 && !saysOnlyMissing(stderr)) {
    throw new ArchiveError(`The transcripts cannot be read: ${complaint(stderr)}`);
  }
  const listed = new Set(entries.map(({ name }) => name));
  return {
    entries,
    names: wanted.filter((name) => listed.has(name)),
    missing: ids.filter((id) => !listed.has(fileOf(place, id))),
  };
}

function saysOnlyMissing(stderr: string): boolean {
  const lines = stderr.split("\n").filter((line) => line !== "");
  return lines.every((line) =>
    /: Cannot (stat|open): No such file or directory$/.test(line) ||
    /: socket ignored$/.test(line) ||
    /^\S*tar: (Exiting with failure status|Error is not recoverable)/.test(line)
  );
}

/** Whether an entry of an archive may belong to one of these conversations. */
export function belongsTo(entry: TarEntry, ids: readonly string[]): boolean {
  const owner = entry.name.split("/")[1] ?? "";
  return ids.some((id) => owner === `${id}.jsonl` || owner === id);
}

/** Copies transcripts that were found to the folder of another working directory, over what is there. */
export async function copyTranscripts(
  tar: Tar,
  from: TranscriptPlace,
  to: TranscriptPlace,
  found: FoundTranscripts,
  archive: string,
  signal?: AbortSignal,
): Promise<void> {
  if (found.names.length === 0) return;
  const rename = renaming([`\\./${from.folder}`, `./${to.folder}`]);
  await tar.create(archive, [rename, ...inProjects(from, found.names)], signal);
  await tar.extract(archive, ["-C", join(to.config, "projects")], signal);
}

/** Puts an archive's transcripts where the CLI will look for them; replaces none. */
export async function unpackTranscripts(
  tar: Tar,
  place: TranscriptPlace,
  archive: string,
  signal?: AbortSignal,
): Promise<void> {
  const rename = renaming(["transcript", `projects/${place.folder}`]);
  const args = ["--skip-old-files", rename, "-C", place.config, "transcript"];
  await tar.extract(archive, args, signal);
}

/** Removes transcripts that were found. Returns what tar had to say if it could not. */
export async function removeTranscripts(
  tar: Tar,
  place: TranscriptPlace,
  found: FoundTranscripts,
): Promise<string | undefined> {
  if (found.names.length === 0) return undefined;
  const { code, stderr } = await tar.remove(inProjects(place, found.names));
  return code === 0 ? undefined : complaint(stderr);
}

function fileOf({ folder }: TranscriptPlace, id: string): string {
  return `./${folder}/${id}.jsonl`;
}

function folderOf({ folder }: TranscriptPlace, id: string): string {
  return `./${folder}/${id}`;
}
