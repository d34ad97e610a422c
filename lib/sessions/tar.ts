/**
 * GNU tar, as far as the archive needs it: what it lists, and how names are handed to it.
 */
import { ArchiveError } from "./errors.ts";
import type { RunProgram, RunResult } from "../programs.ts";

/** One line of a listing. Names are as tar quotes them in C style: equal names have equal quotes. */
export interface TarEntry {
  readonly type: "file" | "directory" | "link" | "hardlink" | "special";
  readonly name: string;
  readonly size: number;
  /** Where a link leads. */
  readonly target?: string;
}

/** Listings that cannot be misread: names in quotes, owners as numbers, no guess at `host:file`. */
const LISTING = ["--verbose", "--verbose", "--quoting-style=c", "--numeric-owner", "--force-local"];

const LINE = new RegExp(
  String.raw`^([A-Za-z-])[-rwxsStT]{9}[.+@]? \d+/\d+ +(\d+(?:,\d+)?) ` +
    String.raw`\d{4,}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)? ` +
    String.raw`"((?:[^"\\]|\\.)*)"(?:(?: -> | link to )"((?:[^"\\]|\\.)*)")?$`,
);

const TYPES: Readonly<Record<string, TarEntry["type"]>> = {
  "-": "file",
  d: "directory",
  l: "link",
  h: "hardlink",
};

/** Throws {@linkcode ArchiveError} for a line that is not plainly one entry. */
export function parseListing(stdout: Uint8Array): TarEntry[] {
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.filter((line) => line !== "").map(parseLine);
}

function parseLine(line: string): TarEntry {
  const [, letter, size, name, target] = LINE.exec(line) ?? [];
  if (letter === undefined || size === undefined || name === undefined) {
    throw new ArchiveError(`tar lists something that is not understood: ${line.slice(0, 200)}`);
  }
  const type = TYPES[letter] ?? "special";
  const entry = { type, name: name.replace(/\/$/, ""), size: type === "file" ? Number(size) : 0 };
  return target === undefined ? entry : { ...entry, target };
}

/** A quoted name for people: the quotes inside are left, control characters stay escaped. */
export function shownName(quoted: string): string {
  return quoted.replaceAll('\\"', '"');
}

/**
 * A pattern for `--exclude` that matches the name behind a quoted one. Arguments are UTF-8; in a
 * name that is not, any byte beyond ASCII stands for each such byte.
 */
export function patternOf(quoted: string): string {
  const bytes = unquoted(quoted);
  const literal = (text: string) => text.replace(/[\\*?[]/g, "\\$&");
  try {
    return literal(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    const parts = [...bytes].map((byte) => byte > 127 ? "[!\x01-\x7f]" : literal(charOf(byte)));
    return parts.join("");
  }
}

/** The bytes behind a name in C quotes: all that is no printable ASCII is escaped there. */
function unquoted(quoted: string): Uint8Array {
  const bytes: number[] = [];
  for (const [piece, escaped] of quoted.matchAll(/\\([0-7]{3}|.)|[^\\]/g)) {
    if (escaped === undefined) bytes.push(piece.charCodeAt(0));
    else if (escaped.length === 3) bytes.push(parseInt(escaped, 8));
    else bytes.push((CONTROLS[escaped] ?? escaped).charCodeAt(0));
  }
  return new Uint8Array(bytes);
}

const CONTROLS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function charOf(byte: number): string {
  return String.fromCharCode(byte);
}

/** A transform of names (and of hard links' targets, never of symbolic links'). */
export function renaming(...pairs: readonly (readonly [from: string, to: string])[]): string {
  const replacements = pairs.map(([from, to]) => `s,^${from},${to},`);
  return `--transform=flags=rSh;${replacements.join(";")}`;
}

/** tar by one runner, with the compressor that is there. */
export class Tar {
  readonly #run: RunProgram;
  #compressor: Promise<string> | undefined;

  constructor(run: RunProgram) {
    this.#run = run;
  }

  /** What tar would take, without reading the files: `args` name it. The code may be 2. */
  async survey(args: readonly string[], signal?: AbortSignal): Promise<RunResult> {
    return await this.#tar(["--create", "--file=/dev/null", ...LISTING, ...args], signal);
  }

  /** Writes an archive; throws {@linkcode ArchiveError} at the least complaint. */
  async create(file: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
    const compressed = await this.#file(file);
    const options = ["--create", ...compressed, "--format=posix", "--numeric-owner", ...args];
    this.#demand(await this.#tar(options, signal), "The archive cannot be written");
  }

  /** All entries of an archive, which is read to its end. */
  async list(file: string, signal?: AbortSignal): Promise<TarEntry[]> {
    // Names as they are: without the option tar remarks on those that it would not unpack.
    const options = ["--list", "--absolute-names", ...await this.#file(file), ...LISTING];
    const result = await this.#tar(options, signal);
    this.#demand(result, "The archive cannot be read");
    return parseListing(result.stdout);
  }

  /** Throws {@linkcode ArchiveError} unless the files on disk are as they are in the archive. */
  async compare(file: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
    const options = ["--compare", ...await this.#file(file), ...args];
    this.#demand(await this.#tar(options, signal), "The archive differs from the session");
  }

  /** Unpacks without owners and without the bits that lend rights; replaces nothing. */
  async extract(file: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
    const careful = ["--no-same-owner", "--no-same-permissions", "--delay-directory-restore"];
    const options = ["--extract", ...await this.#file(file), ...careful, ...args];
    this.#demand(await this.#tar(options, signal), "The archive cannot be unpacked");
  }

  /** Removes exactly the files and directories that `args` name. */
  async remove(args: readonly string[]): Promise<RunResult> {
    return await this.#tar(["--create", "--file=/dev/null", "--remove-files", ...args]);
  }

  async #file(file: string): Promise<string[]> {
    this.#compressor ??= this.#findCompressor();
    return [`--file=${file}`, `--use-compress-program=${await this.#compressor}`, "--force-local"];
  }

  async #findCompressor(): Promise<string> {
    return (await this.#run("pigz", ["--version"])).code === 0 ? "pigz" : "gzip";
  }

  async #tar(args: readonly string[], signal?: AbortSignal): Promise<RunResult> {
    const result = await this.#run("tar", args, signal === undefined ? {} : { signal });
    if (result.code === 127) throw new ArchiveError("GNU tar is needed, and there is no 'tar'.");
    return result;
  }

  #demand(result: RunResult, problem: string): void {
    if (result.code !== 0) throw new ArchiveError(`${problem}: ${complaint(result.stderr)}`);
  }
}

/** What tar said first, without its own path and what only follows from it. */
export function complaint(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const first = lines.find((line) => !/Exiting with failure|not recoverable/.test(line));
  return (first ?? "tar failed without a word").replace(/^\S*\/tar: /, "tar: ").slice(0, 300);
}
