/**
 * Files in directories where somebody else may plant symbolic links. Deno's permissions follow
 * links and its `open` cannot be told not to, so each use checks for itself.
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, relative, resolve, SEPARATOR } from "@std/path";
import { OutsideError } from "./errors.ts";
import { bytes } from "../units.ts";

/** A file is not what it has to be: the message says what it is instead. */
export class UnsafeFileError extends Error {
  override readonly name = "UnsafeFileError";
}

/** A file is longer than its reader takes. */
export class TooLargeError extends UnsafeFileError {}

/** The file that was opened is not the one that was looked at. */
class ReplacedError extends UnsafeFileError {}

export type Bytes = Uint8Array<ArrayBuffer>;

/** A short text for a content, to compare it. */
export const digestOf = (content: Bytes | string): string =>
  createHash("sha256").update(content).digest("hex");

/** No metadata or persona is larger; what is, was not written by Switchboard. */
const MAX_BYTES = 1024 * 1024;

/** As often a file may be replaced under the eyes of its reader: we do it ourselves, by renaming. */
const READINGS = 5;

/**
 * The bytes of a regular file, never read through a link. Throws `Deno.errors.NotFound`, or
 * {@linkcode UnsafeFileError} for links, devices, pipes (which would block) and what is longer than
 * `most` ({@linkcode TooLargeError}).
 *
 * What was looked at and what was opened are compared afterwards, so that a link that is put in
 * place in between is found out before a byte is read. It is then read anew, with the same care.
 * @param root a directory above the file that somebody may exchange folders in: no link may be on
 * the way from there. Without it the file's directory is taken as it is.
 */
export async function readRegularBytes(path: string, most: number, root?: string): Promise<Bytes> {
  for (let reading = 1;; reading++) {
    try {
      return await readOnce(path, most, root);
    } catch (error) {
      if (!(error instanceof ReplacedError) || reading === READINGS) throw error;
    }
  }
}

/** The text of a regular file, with the care of {@linkcode readRegularBytes}. */
export async function readRegularFile(path: string, root?: string): Promise<string> {
  return new TextDecoder().decode(await readRegularBytes(path, MAX_BYTES, root));
}

/**
 * The text of a file inside `root` that is about to be replaced; null when there is none, when it lies
 * outside or is no text of at most 1 MB. Links are followed only as far as they stay inside.
 */
export async function readInside(root: string, path: string): Promise<string | null> {
  try {
    const realRoot = await Deno.realPath(root);
    const text = await readRegularFile(await resolveInside(realRoot, path), realRoot);
    return text.includes("\0") ? null : text;
  } catch {
    return null; // Whatever it is, the change is shown without it.
  }
}

async function readOnce(path: string, most: number, root: string | undefined): Promise<Bytes> {
  const name = basename(path);
  const seen = await Deno.lstat(path);
  if (seen.isSymlink) throw new UnsafeFileError(`${name} is a symbolic link.`);
  if (!seen.isFile) throw new UnsafeFileError(`${name} is not a regular file.`);
  using file = await Deno.open(path, { read: true });
  const opened = await file.stat();
  if (opened.dev !== seen.dev || opened.ino !== seen.ino) {
    throw new ReplacedError(`${name} was replaced while it was being opened.`);
  }
  await checkPlace(file, path, root);
  if (opened.size > most) throw new TooLargeError(`${name} is over ${bytes(most)}.`);
  const content = new Uint8Array(opened.size + 1);
  for (let length = 0; length < content.length;) {
    const read = await file.read(content.subarray(length));
    if (read === null) return content.slice(0, length);
    length += read;
  }
  throw new UnsafeFileError(`${name} grew while it was being read.`);
}

async function checkPlace(file: Deno.FsFile, path: string, root?: string): Promise<void> {
  if (root === undefined) return;
  const real = join(await Deno.realPath(root), relative(root, path));
  if (await isInPlace(file, real)) return;
  throw new ReplacedError(`${basename(path)} lies in a folder that was exchanged.`);
}

/** A guess at all of them is right once in four billion times. */
const LOOKS = 32;

/**
 * True when an open file is the regular file at `real`, a path without links.
 *
 * Deno opens no file relative to an open folder, and looks at a path by one name only: whether links
 * are on its way, or which file it names. A folder that is exchanged for a link, and back, in step
 * with the looks deceives any fixed order of them. So the order is drawn anew each time: what was
 * opened outside is found out unless each look is guessed before it is made. They are made without
 * pause: they take 0.2 ms so, and fifteen times that through the thread pool.
 */
async function isInPlace(file: Deno.FsFile, real: string): Promise<boolean> {
  const opened = await file.stat();
  const looks = [...crypto.getRandomValues(new Uint8Array(LOOKS))].map((byte) => byte % 2 === 0);
  for (const isWay of [true, false, ...looks]) {
    const is = isWay ? isWithoutLinks(real) : names(real, opened);
    if (!is) return false;
  }
  return true;
}

function isWithoutLinks(real: string): boolean {
  return orNull(() => Deno.realPathSync(real)) === real;
}

function names(real: string, { dev, ino }: Deno.FileInfo): boolean {
  const info = orNull(() => Deno.lstatSync(real));
  return info !== null && info.isFile && info.dev === dev && info.ino === ino;
}

/** What has just gone away, or leads to where Deno may not look, is not in its place. */
function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    const { NotFound, NotADirectory, NotCapable, FilesystemLoop } = Deno.errors;
    const gone = [NotFound, NotADirectory, NotCapable, FilesystemLoop];
    if (gone.some((each) => error instanceof each)) return null;
    throw error;
  }
}

/** How {@linkcode writeAtomically} writes. */
export interface Writing {
  /** As for {@linkcode readRegularBytes}: nothing is written if a link is on the way. */
  readonly root?: string;
  /** Without waiting for the disk: after the machine's own crash the text may be gone. */
  readonly hasty?: boolean;
}

/**
 * Replaces `path` by a file with this text: after a crash there is the old text or the new one,
 * never a part. The file is readable by its owner only; a link at `path` is replaced, not followed.
 */
export async function writeAtomically(
  path: string,
  text: string,
  writing: Writing = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    await writeNew(temporary, text, writing);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  if (!writing.hasty) await syncPath(dirname(path));
}

async function writeNew(path: string, text: string, { root, hasty }: Writing): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  await checkPlace(file, path, root);
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  if (!hasty) await file.sync();
}

/** Waits until a file, or the names in a directory, have reached the disk. */
export async function syncPath(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

/**
 * The real path of `path` (absolute, or below `root`), which is `root` or inside it once all links
 * are followed. A file that does not exist yet is judged by its directory. Throws
 * {@linkcode OutsideError} for what is outside, and `Deno.errors.NotFound` where the directory is
 * missing. True at the time of asking: ask at every use, and open what is returned.
 */
export async function resolveInside(root: string, path: string): Promise<string> {
  // A path with NUL in it is refused by the system calls with an error of another kind.
  if (path.includes("\0")) throw new OutsideError(path);
  const realRoot = await Deno.realPath(root);
  const real = await realPathOrNew(resolve(realRoot, path), path);
  const inside = real === realRoot || real.startsWith(realRoot + SEPARATOR);
  if (!inside) throw new OutsideError(path);
  return real;
}

async function realPathOrNew(full: string, asked: string): Promise<string> {
  try {
    return await Deno.realPath(full);
  } catch (error) {
    if (leadsAway(error)) throw new OutsideError(asked);
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // A link that leads nowhere would be followed by whoever creates the file.
  if (await lstatOrNull(full) !== null) throw new OutsideError(asked);
  try {
    return join(await Deno.realPath(dirname(full)), basename(full));
  } catch (error) {
    if (leadsAway(error)) throw new OutsideError(asked);
    throw error;
  }
}

/** What Deno may not even look at is outside; links in a circle lead nowhere. */
function leadsAway(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.FilesystemLoop;
}

/** The file or directory at `path`, links not followed; null if nothing is there, as below a file. */
export async function lstatOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return null;
    throw error;
  }
}

/**
 * What lies in a directory; nothing where there is none.
 * @param passedOver what else counts as an empty one.
 */
export async function* entriesOf(
  directory: string,
  passedOver: readonly (typeof Deno.errors.NotFound)[] = [],
): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(directory);
  } catch (error) {
    const empty = [Deno.errors.NotFound, ...passedOver].some((each) => error instanceof each);
    if (!empty) throw error;
  }
}

/** Removes a directory with all in it, read-only folders too; follows no link. Missing is fine. */
export async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    await makeWritable(path);
    await Deno.remove(path, { recursive: true });
  }
}

/** Module caches and the like are folders without the right to write, which bars removal. */
async function makeWritable(directory: string): Promise<void> {
  await Deno.chmod(directory, 0o700);
  for await (const entry of Deno.readDir(directory)) {
    if (entry.isDirectory) await makeWritable(join(directory, entry.name));
  }
}
