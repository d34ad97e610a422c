import { join, normalize, relative } from "@std/path";
import { harmfulLines } from "./config.ts";
import { gitlinks } from "./links.ts";
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
  return await troublesAt(directory, directory, { left: MOST_NESTED });
}

interface Budget {
  left: number;
}

async function troublesAt(root: string, directory: string, budget: Budget): Promise<string[]> {
  const path = join(directory, ".git");
  const at = (name: string) => relative(root, join(path, name));
  const kind = await kindOf(path);
  if (kind === null) return [];
  if (kind === "directory") return await troublesIn(root, directory, path, budget, false);
  if (kind !== "file" || directory === root) return [`${at("")} is no directory`];
  const said = /^gitdir: ([^\0\r\n]+)\n?$/.exec(await textOf(path, 4096) ?? "")?.[1];
  const gitDir = said === undefined ? null : normalize(join(directory, said));
  const modules = join(root, ".git/modules");
  if (gitDir === null || said!.startsWith("/") || !gitDir.startsWith(`${modules}/`)) {
    return [`${at("")} leads elsewhere: ${said ?? "it cannot be read"}`];
  }
  if (!await isPlain(root, gitDir)) return [`${relative(root, gitDir)} is no directory of its own`];
  return await troublesIn(root, directory, gitDir, budget, true);
}

async function troublesIn(
  root: string,
  directory: string,
  gitDir: string,
  budget: Budget,
  isModule: boolean,
): Promise<string[]> {
  const at = (name: string) => relative(root, join(gitDir, name));
  const found: string[] = [];
  let config = "";
  for (const name of ["config", "config.worktree"]) {
    const kind = await kindOf(join(gitDir, name));
    if (kind === null) continue;
    const text = kind === "file" ? await textOf(join(gitDir, name), CONFIG_BYTES) : null;
    if (text === null) found.push(`${at(name)} cannot be read`);
    config += `${text ?? ""}\n`;
    const prefix = gitDir === join(root, ".git") && name === "config" ? "" : `${at(name)}: `;
    found.push(...harmfulLines(text ?? "", { worktree: isModule }).map((line) => prefix + line));
  }
  if (await kindOf(join(gitDir, "commondir")) !== null) found.push(`${at("commondir")} is there`);
  found.push(...await hooks(join(gitDir, "hooks"), at("hooks")));
  found.push(...await nested(root, directory, gitDir, config, budget));
  return found;
}

/** Whether every directory from `root` down to `path` is one, and no link. */
async function isPlain(root: string, path: string): Promise<boolean> {
  let here = root;
  for (const part of relative(root, path).split("/")) {
    here = join(here, part);
    if (await kindOf(here) !== "directory") return false;
  }
  return true;
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

/** What the repositories within this one bring: git goes into those that its index names. */
async function nested(
  root: string,
  directory: string,
  gitDir: string,
  config: string,
  budget: Budget,
): Promise<string[]> {
  const path = join(gitDir, "index");
  const shown = relative(root, path);
  const kind = await kindOf(path);
  if (kind === null) return [];
  const bytes = kind === "file" ? await bytesOf(path, INDEX_BYTES) : null;
  const hash = /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 32 : 20;
  const links = bytes === null ? null : gitlinks(bytes, hash);
  if (links === null) return [`${shown} cannot be read`];
  const found: string[] = [];
  for (const link of links) {
    if (budget.left-- <= 0) return [...found, `${shown} names too many repositories`];
    const inside = normalize(join(directory, link));
    if (!inside.startsWith(`${directory}/`) || link.split("/").includes("..")) {
      found.push(`${shown} names ${link}`);
    } else if (await isPlain(root, inside)) {
      found.push(...await troublesAt(root, inside, budget));
    } else if (await kindOf(inside) !== null) found.push(`${shown} names ${link}`);
  }
  return found;
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
  return bytes === null ? null : new TextDecoder().decode(bytes);
}
