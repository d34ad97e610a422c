import { join } from "@std/path";
import { entriesOf, lstatOrNull } from "./safe_file.ts";

/** Entries of a directory that are looked at; beyond that what lies deeper is not read as memory. */
const MOST_ENTRIES = 20_000;
/** Links that are named one by one. */
const MOST_LINKS = 100;

const MEMORY = new Set(["CLAUDE.md", "CLAUDE.local.md"]);
const RULE = /(?:^|\/)\.claude\/rules\/.*\.md$/;
/** Entries that are looked at to find the other names of files that have several. */
const MOST_COMPARED = 2_000;
/** Never gone into: git's own files, and what packages bring is not read at all. */
const SKIPPED = new Set([".git", "node_modules"]);

export interface MemoryLinks {
  /** What the CLI is not to read as memory, as its setting `claudeMdExcludes` takes it. */
  readonly excludes: readonly string[];
  /** The links that lead out of the directory, from there. */
  readonly links: readonly string[];
  /** Where the directory is too large to be looked through. */
  readonly tooLarge: boolean;
}

/**
 * Memory of a directory (`CLAUDE.md` and its like, which the CLI reads by itself and sends to the model)
 * that is a link to somewhere outside of it. Rules and imports that are symbolic links the CLI leaves
 * alone by itself (Claude Code 2.1.329 and 2.1.332).
 *
 * A hard link counts as one when not all names of its file are in its own folder or the top one. Neither
 * git nor an archive brings any that leads out, so this is rare: a script that somebody let run may have
 * made it, or a program that saves space.
 */
export async function memoryLinks(
  directory: string,
  most: number = MOST_ENTRIES,
): Promise<MemoryLinks> {
  const root = await Deno.realPath(directory).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return directory; // Gone: there is nothing in it.
    throw error;
  });
  const links: string[] = [];
  const names = new HardLinks(directory);
  const excludes = [`${globOf(directory)}/**/node_modules/**`];
  const waiting = [""];
  let left = most;
  for (let at = 0; at < waiting.length && left > 0; at++) {
    const folder = waiting[at]!;
    for await (const entry of entriesOf(join(directory, folder), CLOSED)) {
      const { name, isSymlink, isDirectory, isFile } = entry;
      if (left-- <= 0) break;
      const path = join(folder, name);
      if (isDirectory && !SKIPPED.has(name)) waiting.push(path);
      if (isFile && (MEMORY.has(name) || RULE.test(path)) && await names.leadOut(folder, name)) {
        links.push(`${path} (a hard link)`);
        excludes.push(globOf(join(directory, path)));
      }
      const folderOfMemory = name === ".claude" || name === "rules";
      if (!isSymlink || !(folderOfMemory || MEMORY.has(name))) continue;
      if (await staysIn(root, join(directory, path))) continue;
      links.push(path);
      excludes.push(`${globOf(join(directory, path))}${folderOfMemory ? "/**" : ""}`);
    }
  }
  const tooLarge = left <= 0 || links.length > MOST_LINKS;
  if (!tooLarge) return { excludes, links, tooLarge };
  const deeper = `${globOf(directory)}/*/**`;
  const top = excludes.filter((_, index) => index > 0 && !links[index - 1]!.includes("/"));
  return { excludes: [deeper, ...top], links: links.slice(0, MOST_LINKS), tooLarge };
}

/** Replaced meanwhile, or closed to us: the CLI runs as the same user. */
const CLOSED = [Deno.errors.NotADirectory, Deno.errors.PermissionDenied];

/** Files with several names, of which some may lie outside. */
class HardLinks {
  #left = MOST_COMPARED;

  constructor(readonly directory: string) {}

  /** Tells whether a file has names that are neither in its folder nor in the top one. */
  async leadOut(folder: string, name: string): Promise<boolean> {
    const file = await lstatOrNull(join(this.directory, folder, name));
    if (file === null || (file.nlink ?? 1) <= 1) return false;
    let names = 0;
    for (const each of new Set([folder, ""])) {
      for await (const entry of entriesOf(join(this.directory, each), CLOSED)) {
        if (this.#left-- <= 0) return true;
        if (!entry.isFile) continue;
        const other = await lstatOrNull(join(this.directory, each, entry.name));
        if (other?.ino === file.ino && other.dev === file.dev) names++;
      }
    }
    return names < file.nlink!;
  }
}

/** True when a link ends in the directory; one that leads nowhere may lead out later. */
async function staysIn(root: string, path: string): Promise<boolean> {
  try {
    return (await Deno.realPath(path)).startsWith(`${root}/`);
  } catch {
    return false; // Nowhere, in a circle, or where we may not look.
  }
}

/** A path as a pattern that fits it: the CLI takes a backslash for a slash, so nothing can be escaped. */
const globOf = (path: string) => path.replace(/[^A-Za-z0-9_./-]/g, "?");
