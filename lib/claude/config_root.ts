import { join } from "@std/path";
import { StartError } from "./start_error.ts";

/** Below a home: what stands for a project's configuration. Never below `state/` or a session. */
const TRUST = "trust";
/** The configuration of a project that nobody has trusted: there is none. */
const EMPTY = `${TRUST}/empty`;

/** Where the canary plants; a wrapper of `claude` that hides `state/` from it does not hide this. */
export const canaryDir = (home: string) => join(home, TRUST, "canary");

/** Makes the empty configuration of a home, which nobody may write to. */
export async function makeEmptyConfigRoot(home: string): Promise<void> {
  await Deno.mkdir(join(home, EMPTY), { recursive: true });
  await Deno.chmod(join(home, TRUST), 0o700);
  await Deno.chmod(join(home, EMPTY), 0o500);
}

/**
 * The empty configuration that a process is started with, looked at before each start: what lies in it
 * would run by itself.
 * @throws {StartError} when it is not an empty directory that nobody may write to.
 */
export async function emptyConfigRoot(home: string): Promise<string> {
  const path = join(home, EMPTY);
  const trouble = await troubleWith(path);
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
    if (((mode ?? 0) & 0o222) !== 0) return "can be written to";
    for await (const { name } of Deno.readDir(path)) return `holds ${JSON.stringify(name)}`;
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "is missing";
    throw error;
  }
}
