import { join, normalize, relative } from "@std/path";
import { harmfulLines } from "./config.ts";
import {
  type Bytes,
  digestOf,
  lstatOrNull,
  readRegularBytes,
  UnsafeFileError,
} from "../safe_file.ts";

const CONFIG_BYTES = 256 * 1024;
const HOOK_BYTES = 1024 * 1024;
const INDEX_BYTES = 64 * 1024 * 1024;
/** Repositories within one that are looked into. */
const MOST_NESTED = 50;

/**
 * What makes git run commands, or read elsewhere, when it is called in `directory`: `git status` and
 * its like never ask, and obey the repository's own configuration. Empty where there is nothing of
 * the kind. Each line stands for exactly what is there: another content is another line.
 */
export async function gitTroubles(directory: string): Promise<string[]> {
  return await new Repositories(directory).at(directory);
}

/** The repositories in a directory: its own, and those within it that git goes into. */
class Repositories {
  #nestedLeft = MOST_NESTED;

  constructor(readonly root: string) {}

  /** Of the repository whose work tree is `directory`; git's own files may lie elsewhere. */
  async at(directory: string): Promise<string[]> {
    const { root } = this;
    const path = join(directory, ".git");
    const kind = await kindOf(path);
    if (kind === null) return [];
    if (kind === "directory") return await this.#in(directory, path, false);
    if (kind !== "file" || directory === root) return [`${this.#shown(path)} is no directory`];
    const said = /^gitdir: ([^\0\r\n]+)\n?$/.exec(await textOf(path, 4096) ?? "")?.[1];
    const gitDir = said === undefined ? null : normalize(join(directory, said));
    const modules = join(root, ".git/modules");
    if (gitDir === null || said!.startsWith("/") || !gitDir.startsWith(`${modules}/`)) {
      return [`${this.#shown(path)} leads elsewhere: ${said ?? "it cannot be read"}`];
    }
    if (!await this.#isPlain(gitDir)) return [`${this.#shown(gitDir)} is no directory of its own`];
    return await this.#in(directory, gitDir, true);
  }

  async #in(directory: string, gitDir: string, isModule: boolean): Promise<string[]> {
    const found: string[] = [];
    let config = "";
    for (const name of ["config", "config.worktree"]) {
      const path = join(gitDir, name);
      const kind = await kindOf(path);
      if (kind === null) continue;
      const text = kind === "file" ? await textOf(path, CONFIG_BYTES) : null;
      if (text === null) found.push(`${this.#shown(path)} cannot be read`);
      config += `${text ?? ""}\n`;
      const prefix = path === join(this.root, ".git/config") ? "" : `${this.#shown(path)}: `;
      found.push(...harmfulLines(text ?? "", { worktree: isModule }).map((line) => prefix + line));
    }
    const common = join(gitDir, "commondir");
    if (await kindOf(common) !== null) found.push(`${this.#shown(common)} is there`);
    found.push(...await hooks(join(gitDir, "hooks"), this.#shown(join(gitDir, "hooks"))));
    found.push(...await this.#nested(directory, gitDir, config));
    return found;
  }

  /** What the repositories within this one bring: git goes into those that its index names. */
  async #nested(directory: string, gitDir: string, config: string): Promise<string[]> {
    const path = join(gitDir, "index");
    const shown = this.#shown(path);
    const kind = await kindOf(path);
    if (kind === null) return [];
    const bytes = kind === "file" ? await bytesOf(path, INDEX_BYTES) : null;
    const hash = /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 32 : 20;
    const links = bytes === null ? null : gitlinks(bytes, hash);
    if (links === null) return [`${shown} cannot be read`];
    const found: string[] = [];
    for (const link of links) {
      if (this.#nestedLeft-- <= 0) return [...found, `${shown} names too many repositories`];
      const inside = normalize(join(directory, link));
      if (!inside.startsWith(`${directory}/`) || link.split("/").includes("..")) {
        found.push(`${shown} names ${link}`);
      } else if (await this.#isPlain(inside)) found.push(...await this.at(inside));
      else if (await kindOf(inside) !== null) found.push(`${shown} names ${link}`);
    }
    return found;
  }

  /** True when every directory from the root down to `path` is one, and no link. */
  async #isPlain(path: string): Promise<boolean> {
    let here = this.root;
    for (const part of relative(this.root, path).split("/")) {
      here = join(here, part);
      if (await kindOf(here) !== "directory") return false;
    }
    return true;
  }

  /** A path as it is shown, from the root. */
  #shown(path: string): string {
    return relative(this.root, path);
  }
}

/** Hooks, each with what it holds; git's own samples are none. */
async function hooks(directory: string, shown: string): Promise<string[]> {
  const kind = await kindOf(directory);
  if (kind === null) return [];
  if (kind !== "directory") return [`${shown} is no directory`];
  const found: string[] = [];
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && name.endsWith(".sample")) continue;
    const bytes = isFile ? await bytesOf(join(directory, name), HOOK_BYTES) : null;
    const content = bytes === null ? "not read" : `sha256 ${digestOf(bytes).slice(0, 32)}`;
    found.push(`${shown}/${name} (${content})`);
    if (found.length >= MOST_NESTED) break;
  }
  return found.sort();
}

type Kind = "file" | "directory" | "other";

async function kindOf(path: string): Promise<Kind | null> {
  const info = await lstatOrNull(path);
  return info && (info.isFile ? "file" : info.isDirectory ? "directory" : "other");
}

/** The content of a file of at most `most` bytes; null when it is longer, or no plain file. */
async function bytesOf(path: string, most: number): Promise<Bytes | null> {
  try {
    return await readRegularBytes(path, most);
  } catch (error) {
    if (error instanceof UnsafeFileError) return null;
    throw error;
  }
}

async function textOf(path: string, most: number): Promise<string | null> {
  const bytes = await bytesOf(path, most);
  return bytes === null ? null : decode(bytes);
}

/** The mode of an index's entry that stands for another repository (gitformat-index, versions 2 to 4). */
const GITLINK = 0o160000;
/** Before the flags: times, device, inode, mode, owner, size; then comes the object's name. */
const FIXED = 40;
/** No path is longer; each entry of version 4 builds upon the one before it. */
const LONGEST_PATH = 4096;
const MODE_AT = 24;

/**
 * The paths of an index that are repositories of their own: `git status` goes into them, and obeys
 * their configuration. Null where it is not read here: split, broken, or of an unknown version.
 * @param hash the length of an object's name in bytes.
 */
export function gitlinks(index: Uint8Array, hash: number): string[] | null {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  if (index.length < 12 + hash || decode(index.subarray(0, 4)) !== "DIRC") return null;
  const [version, count] = [view.getUint32(4), view.getUint32(8)];
  if (version < 2 || version > 4) return null;
  const found: string[] = [];
  let path = new Uint8Array(0);
  let at = 12;
  for (let entry = 0; entry < count; entry++) {
    const start = at;
    at += FIXED + hash;
    if (at + 2 > index.length) return null;
    const extended = (view.getUint16(at) & 0x4000) !== 0;
    at += extended ? 4 : 2;
    if (version === 4) {
      const strip = varint(index, at);
      if (strip === null || strip.value > path.length) return null;
      const end = index.indexOf(0, strip.next);
      if (end < 0) return null;
      path = joined(path.subarray(0, path.length - strip.value), index.subarray(strip.next, end));
      at = end + 1;
    } else {
      const end = index.indexOf(0, at);
      if (end < 0) return null;
      path = index.slice(at, end);
      at = start + Math.ceil((end - start + 1) / 8) * 8;
    }
    if (path.length > LONGEST_PATH) return null;
    if ((view.getUint32(start + MODE_AT) & 0o170000) === GITLINK) found.push(decode(path));
  }
  return hasLink(index, view, at, hash) ? null : found;
}

/** True when an extension says that most of the index lies in another file. */
function hasLink(index: Uint8Array, view: DataView, from: number, hash: number): boolean {
  for (let at = from; at + 8 <= index.length - hash;) {
    if (decode(index.subarray(at, at + 4)) === "link") return true;
    at += 8 + view.getUint32(at + 4);
  }
  return false;
}

function varint(bytes: Uint8Array, from: number): { value: number; next: number } | null {
  let value = 0;
  for (let at = from; at < bytes.length && at < from + 6; at++) {
    const byte = bytes[at]!;
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) return { value, next: at + 1 };
    value += 1;
  }
  return null;
}

function joined(start: Uint8Array, end: Uint8Array): Uint8Array<ArrayBuffer> {
  const path = new Uint8Array(start.length + end.length);
  path.set(start);
  path.set(end, start.length);
  return path;
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
