/** Files of a directory that somebody else fills: bounded, and never read through a link. */
import { join } from "@std/path";
import {
  type Bytes,
  lstatOrNull,
  readRegularBytes,
  TooLargeError,
  UnsafeFileError,
} from "../safe_file.ts";

/** Beyond this nobody reads what is shown before tapping. */
const MOST_FILES = 300;
const MOST_BYTES = 1024 * 1024;
const DEEPEST = 8;

/** A directory brings more than can be shown, or something that cannot be read; the message is for a person. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

/** What lies at a path inside a directory. */
export type Found = "file" | "directory" | "link" | "other" | null;

/** What is read of a directory, each file once: what is shown and what is copied are the same bytes. */
export class DirectoryFiles {
  readonly #read = new Map<string, Bytes>();
  /** Links, pipes and the like, which were passed over. */
  readonly skipped: string[] = [];
  #bytes = 0;

  private constructor(
    /** The directory, with no link in its path. */
    readonly root: string,
  ) {}

  static async of(directory: string): Promise<DirectoryFiles> {
    return new DirectoryFiles(await Deno.realPath(directory));
  }

  /** What lies at a relative path; a link anywhere on the way counts as one. */
  async kind(path: string): Promise<Found> {
    let at = this.root;
    const parts = path.split("/");
    for (const [index, part] of parts.entries()) {
      at = join(at, part);
      const info = await lstatOrNull(at);
      if (info === null) return null;
      if (info.isSymlink) return "link";
      if (index === parts.length - 1) {
        return info.isFile ? "file" : info.isDirectory ? "directory" : "other";
      }
      if (!info.isDirectory) return null;
    }
    return null;
  }

  /**
   * The bytes of a regular file; null when there is none.
   * @throws {UnreadableError} beyond the bounds, and for a file that is exchanged while it is read.
   */
  async bytes(path: string): Promise<Bytes | null> {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const kind = await this.kind(path);
    if (kind === null) return null;
    if (kind !== "file") {
      this.#skip(path);
      return null;
    }
    if (this.#read.size >= MOST_FILES) throw tooMuch();
    const bytes = await readHere(this.root, path, MOST_BYTES - this.#bytes);
    this.#bytes += bytes.length;
    this.#read.set(path, bytes);
    return bytes;
  }

  /** The regular files below a relative path, in order. */
  async below(path: string, depth = 0): Promise<string[]> {
    const kind = await this.kind(path);
    if (kind === null) return [];
    if (kind !== "directory") {
      this.#skip(path);
      return [];
    }
    if (depth > DEEPEST) throw tooMuch();
    const names: string[] = [];
    for await (const { name } of Deno.readDir(join(this.root, path))) {
      names.push(name);
      if (names.length > MOST_FILES) throw tooMuch();
    }
    const found: string[] = [];
    for (const name of names.sort()) {
      const inner = `${path}/${name}`;
      const what = await this.kind(inner);
      if (what === "file") found.push(inner);
      else if (what === "directory") found.push(...await this.below(inner, depth + 1));
      else if (what !== null) this.#skip(inner);
      if (found.length > MOST_FILES) throw tooMuch();
    }
    return found;
  }

  #skip(path: string): void {
    if (!this.skipped.includes(path)) this.skipped.push(path);
  }
}

const tooMuch = () =>
  new UnreadableError(
    `It is more than can be shown: over ${MOST_FILES} files, 1 MB or ${DEEPEST} folders deep.`,
  );

/** A file below `root`; what is exchanged or grows meanwhile is not read. */
async function readHere(root: string, path: string, most: number): Promise<Bytes> {
  try {
    return await readRegularBytes(join(root, path), most, root);
  } catch (error) {
    if (error instanceof TooLargeError) throw tooMuch();
    throw error instanceof UnsafeFileError ? changing() : error;
  }
}

const changing = () =>
  new UnreadableError("It changes while it is being read. Try again in a moment.");

/** The bytes as text; null for what is not UTF-8, or holds NUL. */
export function textOf(bytes: Bytes): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}
