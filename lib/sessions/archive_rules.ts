import { z } from "zod";
import { join } from "@std/path";
import { isName } from "./directories.ts";
import { ArchiveError } from "./errors.ts";
import { readRegularFile, UnsafeFileError } from "./safe_file.ts";
import { shownName, type TarEntry } from "./tar.ts";

/** What an archive holds at its top. */
const TOPS = ["session", "transcript"] as const;
export const MANIFEST = "manifest.json";

/**
 * Throws {@linkcode ArchiveError} unless these entries can be unpacked into an empty directory
 * without touching anything outside of it: plain names below the known tops, each once, nothing
 * below a link or a file, hard links only to files of the same top that came before, no devices.
 * Symbolic links are allowed in the session, wherever they lead: nothing is written through them.
 */
export function checkEntries(entries: readonly TarEntry[]): void {
  const seen = new Map<string, TarEntry["type"]>();
  for (const entry of entries) {
    const problem = problemOf(entry, seen);
    if (problem !== undefined) {
      throw new ArchiveError(`Refused: '${shownName(entry.name).slice(0, 200)}' ${problem}.`);
    }
    seen.set(entry.name, entry.type);
  }
  if (seen.get(MANIFEST) !== "file" || seen.get("session") !== "directory") {
    throw new ArchiveError("This is not the archive of a session: its manifest is missing.");
  }
}

/** How many files of the session there are, without folders. */
export const filesOf = (entries: readonly TarEntry[]): number =>
  entries.filter(({ name, type }) => name.startsWith("session/") && type !== "directory").length;

function problemOf(entry: TarEntry, seen: Map<string, TarEntry["type"]>): string | undefined {
  const parts = entry.name.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    return "is not a plain path inside the archive";
  }
  if (seen.has(entry.name)) return "is there twice";
  if (entry.type === "special") return "is a device, a pipe or something else that is no file";
  if (entry.name === MANIFEST) return entry.type === "file" ? undefined : "is not a file";
  const top = parts[0] ?? "";
  if (!TOPS.some((known) => known === top)) return "does not belong into the archive of a session";
  for (let depth = 1; depth < parts.length; depth++) {
    const above = seen.get(parts.slice(0, depth).join("/"));
    if (above !== undefined && above !== "directory") {
      return "lies below something that is no folder";
    }
  }
  if (top === "transcript" && entry.type === "link") return "is a link among the transcripts";
  return entry.type === "hardlink" ? hardLinkProblem(entry, top, seen) : undefined;
}

function hardLinkProblem(
  { target }: TarEntry,
  top: string,
  seen: Map<string, TarEntry["type"]>,
): string | undefined {
  const type = target === undefined ? undefined : seen.get(target);
  const known = type === "file" || type === "hardlink";
  if (known && target?.startsWith(`${top}/`)) return undefined;
  return "is a hard link to something else than a file before it";
}

const manifest = z.looseObject({
  format: z.literal(1),
  name: z.string().refine(isName, "not the name of a session"),
  created: z.iso.datetime(),
  /** Where the session lay; for people. */
  cwd: z.string(),
  claude_session_ids: z.array(z.string()),
  /** Entries beside the manifest, and the bytes in them. */
  entries: z.int(),
  bytes: z.number(),
  skipped: z.array(z.string()),
});

/** What an archive says about itself, in `manifest.json`, its first entry. */
type Manifest = z.infer<typeof manifest>;

export async function writeManifest(directory: string, said: Manifest): Promise<void> {
  const text = JSON.stringify(said, null, 2) + "\n";
  await Deno.writeTextFile(join(directory, MANIFEST), text, { createNew: true, mode: 0o600 });
}

/** Throws `ArchiveError` if the manifest in a directory is not one that can be read here. */
export async function readManifest(directory: string): Promise<Manifest> {
  try {
    return manifest.parse(JSON.parse(await readRegularFile(join(directory, MANIFEST))));
  } catch (error) {
    const wrong = error instanceof SyntaxError || error instanceof z.ZodError ||
      error instanceof UnsafeFileError;
    if (wrong) throw new ArchiveError("The archive's manifest cannot be read.");
    throw error;
  }
}
