/**
 * Files in directories where somebody else may plant symbolic links. Deno's permissions follow
 * links and its `open` cannot be told not to, so each use checks for itself.
 */
import { basename, dirname, join, resolve, SEPARATOR } from "@std/path";
import { OutsideError } from "./errors.ts";
import { isInPlace, placeIn } from "./in_place.ts";

/** A file is not what it has to be: the message says what it is instead. */
export class UnsafeFileError extends Error {
  override readonly name = "UnsafeFileError";
}

/** No metadata or persona is larger; what is, was not written by Switchboard. */
const MAX_BYTES = 1024 * 1024;

/** What was opened is not what was looked at. */
class ReplacedError extends UnsafeFileError {}

/** As often a file may be replaced under the eyes of its reader: we do it ourselves, by renaming. */
const READINGS = 5;

/**
 * The text of a regular file, never read through a link. Throws `Deno.errors.NotFound`, or
 * {@linkcode UnsafeFileError} for links, devices, pipes (which would block) and huge files.
 *
 * What was looked at and what was opened are compared afterwards, so that a link that is put in
 * place in between is found out before a byte is read. It is then read anew, with the same care.
 * @param root a directory above the file that somebody may exchange folders in: no link may be on
 * the way from there. Without it the file's directory is taken as it is.
 */
export async function readRegularFile(path: string, root?: string): Promise<string> {
  for (let reading = 1;; reading++) {
    try {
      return await readOnce(path, root);
    } catch (error) {
      if (!(error instanceof ReplacedError) || reading === READINGS) throw error;
    }
  }
}

async function readOnce(path: string, root: string | undefined): Promise<string> {
  const seen = await Deno.lstat(path);
  if (seen.isSymlink) throw new UnsafeFileError(`${basename(path)} is a symbolic link.`);
  if (!seen.isFile) throw new UnsafeFileError(`${basename(path)} is not a regular file.`);
  using file = await Deno.open(path, { read: true });
  const opened = await file.stat();
  if (opened.dev !== seen.dev || opened.ino !== seen.ino) {
    throw new ReplacedError(`${basename(path)} was replaced while it was being opened.`);
  }
  await checkPlace(file, path, root);
  if (opened.size > MAX_BYTES) throw new UnsafeFileError(`${basename(path)} is over 1 MB.`);
  return await readText(file, opened.size, basename(path));
}

async function checkPlace(file: Deno.FsFile, path: string, root?: string): Promise<void> {
  if (root === undefined || await isInPlace(file, await placeIn(root, path))) return;
  throw new ReplacedError(`${basename(path)} lies in a folder that was exchanged.`);
}

async function readText(file: Deno.FsFile, size: number, name: string): Promise<string> {
  const bytes = new Uint8Array(size + 1);
  let length = 0;
  while (length < bytes.length) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) return new TextDecoder().decode(bytes.subarray(0, length));
    length += read;
  }
  throw new UnsafeFileError(`${name} grew while it was being read.`);
}

/**
 * Replaces `path` by a file with this text: after a crash there is the old text or the new one,
 * never a part. The file is readable by its owner only; a link at `path` is replaced, not followed.
 * @param root as for {@linkcode readRegularFile}: nothing is written if a link is on the way.
 */
export async function writeAtomically(path: string, text: string, root?: string): Promise<void> {
  await replace(path, text, root, true);
  await syncPath(dirname(path));
}

/** The same without waiting for the disk: after the machine's own crash the text may be gone. */
export async function replaceFile(path: string, text: string, root?: string): Promise<void> {
  await replace(path, text, root, false);
}

async function replace(
  path: string,
  text: string,
  root: string | undefined,
  durable: boolean,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    await writeNew(temporary, text, root, durable);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

async function writeNew(
  path: string,
  text: string,
  root: string | undefined,
  durable: boolean,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  await checkPlace(file, path, root);
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  if (durable) await file.sync();
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

/** What lies at `path`, links not followed; null if nothing does. */
export async function lstatOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
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
