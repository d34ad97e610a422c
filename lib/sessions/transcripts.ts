/**
 * The CLI keeps a session's conversations outside of home, where only tar may go: by their exact
 * ids, since the folder's name is not the session's alone (`a_b` and `a-b` share one).
 */
import { join } from "@std/path";
import { ArchiveError } from "./errors.ts";
import { complaint, parseListing, renaming, type Tar, type TarEntry } from "./tar.ts";

export interface FoundTranscripts {
  /** As tar lists them: below `./<folder>/`. */
  readonly entries: readonly TarEntry[];
  /** The names to hand to tar, of those that are there. */
  readonly names: readonly string[];
  /** Of these ids there is none. */
  readonly missing: readonly string[];
}

/** The transcripts of one working directory below the CLI's configuration directory. */
export class Transcripts {
  /** The folder in `projects/`: the directory with `-` for all but letters and digits. */
  readonly folder: string;

  constructor(readonly tar: Tar, readonly config: string, cwd: string) {
    this.folder = cwd.replace(/[^A-Za-z0-9]/g, "-");
  }

  /** The arguments that make tar look where {@linkcode FoundTranscripts} names are true. */
  paths(names: readonly string[]): string[] {
    return names.length === 0 ? [] : ["-C", join(this.config, "projects"), ...names];
  }

  /** Which of these conversations are there. Throws `ArchiveError` if that is not clear. */
  async find(ids: readonly string[], signal?: AbortSignal): Promise<FoundTranscripts> {
    const fileOf = (id: string) => `./${this.folder}/${id}.jsonl`;
    const wanted = ids.flatMap((id) => [fileOf(id), `./${this.folder}/${id}`]);
    if (wanted.length === 0) return { entries: [], names: [], missing: [] };
    const { code, stdout, stderr } = await this.tar.survey(this.paths(wanted), signal);
    const entries = parseListing(stdout);
    if (code !== 0 && !saysOnlyMissing(stderr)) {
      throw new ArchiveError(`The transcripts cannot be read: ${complaint(stderr)}`);
    }
    const listed = new Set(entries.map(({ name }) => name));
    return {
      entries,
      names: wanted.filter((name) => listed.has(name)),
      missing: ids.filter((id) => !listed.has(fileOf(id))),
    };
  }

  /** Copies what was found to the folder of another working directory, over what is there. */
  async copyTo(
    other: Transcripts,
    { names }: FoundTranscripts,
    archive: string,
    signal?: AbortSignal,
  ): Promise<void> {
    if (names.length === 0) return;
    const rename = renaming([`\\./${this.folder}`, `./${other.folder}`]);
    await this.tar.create(archive, [rename, ...this.paths(names)], signal);
    await this.tar.extract(archive, ["-C", join(other.config, "projects")], signal);
  }

  /** Puts an archive's transcripts where the CLI will look for them; replaces none. */
  async unpack(archive: string, signal?: AbortSignal): Promise<void> {
    const rename = renaming(["transcript", `projects/${this.folder}`]);
    const args = ["--skip-old-files", rename, "-C", this.config, "transcript"];
    await this.tar.extract(archive, args, signal);
  }

  /** Removes what was found. Returns what tar had to say if it could not. */
  async remove({ names }: FoundTranscripts): Promise<string | undefined> {
    if (names.length === 0) return undefined;
    const { code, stderr } = await this.tar.remove(this.paths(names));
    return code === 0 ? undefined : complaint(stderr);
  }
}

function saysOnlyMissing(stderr: string): boolean {
  const lines = stderr.split("\n").filter((line) => line !== "");
  return lines.every((line) =>
    /: Cannot (stat|open): No such file or directory$/.test(line) ||
    /: socket ignored$/.test(line) ||
    /^\S*tar: (Exiting with failure status|Error is not recoverable)/.test(line)
  );
}

/** True when an entry of an archive may belong to one of these conversations. */
export function belongsTo(entry: TarEntry, ids: readonly string[]): boolean {
  const owner = entry.name.split("/")[1] ?? "";
  return ids.some((id) => owner === `${id}.jsonl` || owner === id);
}
