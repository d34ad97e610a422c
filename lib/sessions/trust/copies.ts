import { dirname, join } from "@std/path";
import { type Bytes, digestOf, entriesOf, removeTree, syncPath } from "../safe_file.ts";
import { groupOf, openTree } from "../../sharing.ts";
import type { Plan } from "./copy.ts";

/** The name of a copy: the hash over all that is in it. */
const NAME = /^[0-9a-f]{64}$/;
const TEMPORARY = "making-";
/** Within a copy: what the process is given, and the text that was shown. */
const ROOT = "root";
const SHOWN = "shown.txt";

/** Where the copies of what is trusted are kept; a simulation has its own. */
export type CopyStore = Pick<Copies, keyof Copies>;

/** Copies in `trust/` of home: read-only, and named by their content. */
export class Copies {
  readonly #directory: string;
  readonly #uuid: () => string;

  constructor(directory: string, uuid: () => string) {
    this.#directory = directory;
    this.#uuid = uuid;
  }

  /** Makes a copy, whole or not at all. @returns its name. */
  async make({ files }: Pick<Plan, "files">, shown: string): Promise<string> {
    const entries = new Map([[SHOWN, new TextEncoder().encode(shown)]]);
    for (const [path, bytes] of files) entries.set(`${ROOT}/${path}`, bytes);
    const name = nameOf(entries);
    if (await this.isSound(name)) return name;
    const temporary = join(this.#directory, TEMPORARY + this.#uuid());
    await Deno.mkdir(join(temporary, ROOT), { recursive: true, mode: 0o700 });
    try {
      for (const [path, bytes] of entries) await write(join(temporary, path), bytes);
      await openTree(temporary, await groupOf(this.#directory), "reads");
      await makeReadOnly(temporary);
      await removeTree(join(this.#directory, name)); // It was damaged.
      await Deno.rename(temporary, join(this.#directory, name));
    } catch (error) {
      await removeTree(temporary);
      throw error;
    }
    await syncPath(this.#directory);
    return name;
  }

  /** What stands for the project's configuration. */
  root(name: string): string {
    return join(this.path(name), ROOT);
  }

  /** Where all of a copy lies. */
  path(name: string): string {
    if (!NAME.test(name)) throw new Error(`'${name}' is no name of a copy`);
    return join(this.#directory, name);
  }

  /** Whether the copy is there, and holds what its name says. */
  async isSound(name: string): Promise<boolean> {
    try {
      return nameOf(await contentsOf(this.path(name))) === name;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof DamagedError) return false;
      throw error;
    }
  }

  /** What was shown when it was made; null when it is damaged. */
  async shown(name: string): Promise<string | null> {
    if (!await this.isSound(name)) return null;
    return await Deno.readTextFile(join(this.path(name), SHOWN));
  }

  /** Removes the copies that nobody needs, and what a crash left half made. */
  async removeAllBut(needed: ReadonlySet<string>): Promise<void> {
    const names: string[] = [];
    for await (const { name } of entriesOf(this.#directory)) names.push(name);
    for (const name of names) {
      const ours = name.startsWith(TEMPORARY) || NAME.test(name);
      if (ours && !needed.has(name)) await removeTree(join(this.#directory, name));
    }
  }
}

/** Something lies in a copy that was never put there. */
class DamagedError extends Error {}

function nameOf(entries: ReadonlyMap<string, Bytes>): string {
  const rows = [...entries].map(([path, bytes]) => `${JSON.stringify(path)} ${digestOf(bytes)}`);
  return digestOf(rows.sort().join("\n"));
}

async function contentsOf(directory: string, prefix = ""): Promise<Map<string, Bytes>> {
  const entries = new Map<string, Bytes>();
  for await (const { name, isFile, isDirectory } of Deno.readDir(join(directory, prefix))) {
    const path = prefix + name;
    if (isFile) entries.set(path, await Deno.readFile(join(directory, path)));
    else if (!isDirectory) throw new DamagedError(path);
    else for (const entry of await contentsOf(directory, `${path}/`)) entries.set(...entry);
  }
  return entries;
}

async function write(path: string, bytes: Bytes): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await Deno.writeFile(path, bytes, { createNew: true, mode: 0o400 });
  await syncPath(path);
}

async function makeReadOnly(directory: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (isDirectory) await makeReadOnly(join(directory, name));
  }
  await syncPath(directory);
  const { mode } = await Deno.lstat(directory);
  await Deno.chmod(directory, (mode ?? 0) & 0o550);
}
