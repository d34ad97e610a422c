import { join, relative } from "@std/path";

/** A guess at all of them is right once in four billion times. */
const LOOKS = 32;

/**
 * Whether an open file is the regular file at `real`, a path without links.
 *
 * Deno opens no file relative to an open folder, and looks at a path by one name only: whether links
 * are on its way, or which file it names. A folder that is exchanged for a link, and back, in step
 * with the looks deceives any fixed order of them. So the order is drawn anew each time: what was
 * opened outside is found out unless each look is guessed before it is made. They are made without
 * pause: they take 0.2 ms so, and fifteen times that through the thread pool.
 */
export async function isInPlace(file: Deno.FsFile, real: string): Promise<boolean> {
  const opened = await file.stat();
  const looks = [...crypto.getRandomValues(new Uint8Array(LOOKS))].map((byte) => byte % 2 === 0);
  for (const isWay of [true, false, ...looks]) {
    const is = isWay ? isWithoutLinks(real) : names(real, opened);
    if (!is) return false;
  }
  return true;
}

/** Where `path`, a path below `root`, lies if no link below `root` is on its way. */
export async function placeIn(root: string, path: string): Promise<string> {
  return join(await Deno.realPath(root), relative(root, path));
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
