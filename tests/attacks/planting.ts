/** How plants come into a session's directory. */
import { walk } from "@std/fs";
import { dirname, join } from "@std/path";
import type { Arena } from "./arena.ts";
import { MEMORY, type Plant, type PlantedFile } from "./plants.ts";

/** Lays all plants into a directory, with the repository that is theirs unless `git` is false. */
export async function plantAll(
  arena: Arena,
  plants: readonly Plant[],
  directory: string,
  { git = true }: { git?: boolean } = {},
): Promise<void> {
  const files: Record<string, PlantedFile> = { [MEMORY.path]: MEMORY.mark };
  for (const plant of plants) Object.assign(files, plant.files?.(arena));
  files[".claude/settings.json"] = merged(plants.map(({ settings }) => settings?.(arena)));
  files[".claude/settings.local.json"] = merged(plants.map(({ local }) => local?.(arena)));
  await Deno.mkdir(directory, { recursive: true });
  if (git) await makeRepository(directory);
  for (const [path, file] of Object.entries(files)) await lay(join(directory, path), file);
  if (git) await shell(directory, ...plants.flatMap((plant) => plant.git?.(arena) ?? []));
}

/** A repository with a commit and a change that is not committed. */
export async function makeRepository(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  await shell(
    directory,
    "git init -q -b main .",
    "git config user.name Ada",
    "git config user.email ada@example.org",
    "echo one > one.txt; echo one > one.md",
    "git add one.txt one.md",
    "git commit -q -m one",
    "echo two > one.txt; echo two > one.md",
  );
}

async function lay(path: string, file: PlantedFile): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.remove(path).catch(() => {}); // There is none yet.
  if (typeof file === "string") await Deno.writeTextFile(path, file);
  else await Deno.symlink(file.link, path);
}

function merged(parts: readonly (object | undefined)[]): string {
  return JSON.stringify(parts.reduce<unknown>((whole, part) => merge(whole, part ?? {}), {}));
}

function merge(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isRecord(a) || !isRecord(b)) return b;
  const both: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) both[key] = key in a ? merge(a[key], value) : value;
  return both;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Runs commands in a directory; throws what they say when one fails. */
export async function shell(directory: string, ...commands: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-ec", commands.join("\n")],
    cwd: directory,
    // The machine's own configuration of git is not part of an attack.
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${commands.join("; ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/**
 * An archive, made by a stranger, of a session that holds `directory`; in the folder where
 * `/restore` finds it, under this name.
 */
export async function strangersArchive(
  arena: Arena,
  directory: string,
  options: { name: string; file: string; metadata?: object; persona?: object },
): Promise<void> {
  const { name, file } = options;
  const time = "2026-11-20T18:00:00Z";
  const metadata = {
    ...{ name, created: time, last_active: time, persona: "default", status: "idle", pid: null },
    ...{ idle_timeout: 600, claude_session_ids: [] },
    ...options.metadata,
  };
  const write = (path: string, value: object) =>
    Deno.writeTextFile(path, JSON.stringify(value, null, 2));
  await write(join(directory, "metadata.json"), metadata);
  const persona = { name: "Default", system_prompt: "Be good.", ...options.persona };
  await write(join(directory, "persona.json"), persona);
  const above = dirname(directory);
  await shell(above, `[ ${directory} = ${join(above, "session")} ]`);
  let entries = 0;
  let bytes = 0;
  for await (const { path, isFile } of walk(directory, { followSymlinks: false })) {
    entries++;
    if (isFile) bytes += (await Deno.lstat(path)).size;
  }
  const manifest = {
    ...{ format: 1, name, created: time, cwd: "/x", claude_session_ids: [] },
    ...{ entries, bytes, skipped: [] },
  };
  await write(join(above, "manifest.json"), manifest);
  await Deno.mkdir(join(arena.home, "sessions_archive"), { recursive: true });
  const path = join(arena.home, "sessions_archive", file);
  await shell(above, `tar -czf '${path}' manifest.json session`);
}
