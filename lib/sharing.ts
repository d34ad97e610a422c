/**
 * A home that is shared with the user that `claude` runs as. Its owner gives `sessions/` and `trust/` to
 * a group, once, with the set-group-ID bit (`chmod 2750`); what Switchboard makes in them is then open to
 * that group too. Without the bit all is ours alone.
 */
import { join } from "@std/path";

const OWNERS = 0o700;
const SET_GROUP = 0o2000;

/** How far a group is let in: `reads` also lets it into directories. */
export type Access = "reads" | "writes";

const BITS: Readonly<Record<Access, number>> = { reads: 0o050, writes: 0o070 };

/** The group that a directory is shared with; null when it is with none. */
export async function groupOf(directory: string): Promise<number | null> {
  const { mode, gid, isDirectory } = await Deno.lstat(directory);
  const isShared = isDirectory && ((mode ?? 0) & SET_GROUP) !== 0 && ((mode ?? 0) & 0o010) !== 0;
  return isShared ? gid : null;
}

/** Closes a directory to everybody but its owner; a group that it is shared with may look into it. */
export async function closeToOthers(directory: string): Promise<void> {
  const isShared = await groupOf(directory) !== null;
  await Deno.chmod(directory, OWNERS | (isShared ? SET_GROUP | BITS.reads : 0));
}

/**
 * Lets a group into a directory with all that is in it: what its owner may read and write, so may the
 * group, as far as its access goes. What is made there later is the group's too. Links stay as they are.
 * Nobody else may write there yet: the directory itself is opened last, or a file could become a link
 * to somewhere else between two looks at it.
 * @param group null: none.
 */
export async function openTree(
  directory: string,
  group: number | null,
  access: Access,
): Promise<void> {
  if (group === null) return;
  for await (const { name, isDirectory, isFile } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) await openTree(path, group, access);
    else if (isFile) await openFile(path, group, access);
  }
  await openDirectory(directory, group, access);
}

/** Lets a group into a directory alone. */
export async function openDirectory(
  directory: string,
  group: number | null,
  access: Access,
): Promise<void> {
  if (group === null) return;
  await Deno.chown(directory, null, group);
  await Deno.chmod(directory, OWNERS | BITS[access] | SET_GROUP);
}

async function openFile(path: string, group: number, access: Access): Promise<void> {
  const mode = ((await Deno.lstat(path)).mode ?? 0) & OWNERS;
  await Deno.chown(path, null, group);
  await Deno.chmod(path, mode | ((mode >> 3) & BITS[access]));
}
