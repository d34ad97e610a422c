import { dirname, join } from "@std/path";
import { logger } from "../log/mod.ts";
import { closeToOthers, groupOf } from "../sharing.ts";
import { StartError } from "./failures.ts";

const log = logger("lock");

/** Below a home: what stands for a project's configuration. Never below `state/` or a session. */
const TRUST = "trust";
/** The configuration of a project that nobody has trusted: there is none. */
const EMPTY = `${TRUST}/empty`;

/** Where the canary plants; a wrapper of `claude` that hides `state/` from it does not hide this. */
export const canaryDir = (home: string) => join(home, TRUST, "canary");

/** Makes the empty configuration of a home, which nobody may write to. */
export async function makeEmptyConfigRoot(home: string): Promise<void> {
  const [trust, empty] = [join(home, TRUST), join(home, EMPTY)];
  await Deno.mkdir(trust, { recursive: true, mode: 0o700 });
  await Deno.mkdir(empty, { recursive: true, mode: 0o700 });
  await closeToOthers(trust);
  await closeEmpty(empty, await groupOf(trust));
}

async function closeEmpty(path: string, group: number | null): Promise<void> {
  if (group !== null) await Deno.chown(path, null, group);
  await Deno.chmod(path, group === null ? 0o500 : 0o550);
}

/**
 * The empty configuration that a process is started with, looked at before each start: what lies in it
 * would run by itself, so it is taken away. As root the CLI writes there in spite of its mode: what was
 * once approved at a terminal it moves into the project's local settings (2.1.329 and 2.1.332).
 * @throws {StartError} when it is not an empty directory that nobody may write to.
 */
export async function emptyConfigRoot(home: string): Promise<string> {
  const path = join(home, EMPTY);
  const trouble = await troubleWith(path) ?? await emptied(path);
  if (trouble === null) return path;
  throw new StartError(
    `Claude Code was not started: the directory \`${path}\` ${trouble}. ` +
      "It has to be empty and read-only, since what lies in it would run by itself. " +
      "Look at it, remove it, and restart Switchboard, which makes it again.",
    "other",
  );
}

async function troubleWith(path: string): Promise<string | null> {
  try {
    const { isDirectory, mode } = await Deno.lstat(path);
    if (!isDirectory) return "is not a directory";
    return ((mode ?? 0) & 0o222) === 0 ? null : "can be written to";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "is missing";
    throw error;
  }
}

/** Takes away what lies there. @returns what is left of it, in words. */
async function emptied(path: string): Promise<string | null> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(path)) names.push(name);
  if (names.length === 0) return null;
  log.warn("Taking {names} out of the empty configuration", { names });
  await Deno.chmod(path, 0o700);
  try {
    for (const name of names) await Deno.remove(join(path, name), { recursive: true });
  } finally {
    await closeEmpty(path, await groupOf(dirname(path)));
  }
  for await (const { name } of Deno.readDir(path)) return `holds ${JSON.stringify(name)} again`;
  return null;
}
