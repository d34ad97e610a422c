import { dirname, join } from "@std/path";
import { z } from "zod";
import { sleep } from "../clock.ts";
import { groupOf, openDirectory, openTree } from "../sharing.ts";
import { StartError } from "./failures.ts";
import { HURRIED, type Launch, NO_PERMISSIONS, type ProcessOptions, type Spawn } from "./launch.ts";
import { ClaudeProcess } from "./process.ts";

/** The way that the configuration of a directory is kept out: a flag that names another, or none at all. */
export type LockKind = "flag" | "fallback";

/** Raised when the canary plants or looks for something else: what was proved before is proved anew. */
export const CANARY_VERSION = 1;

/**
 * How long is listened beyond the handshake. Hooks, helper and servers run before it is answered, without
 * an account and without a call of the model (Claude Code 2.1.329 and 2.1.332).
 */
const LISTEN_MS = 1_000;
/** How long is waited for a sound where there has to be one: a slow machine is no silent CLI. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 200;

/** Written into the planted settings; nothing else has a variable of this name. */
const VARIABLE = "SWITCHBOARD_CANARY";

export interface CanaryOptions {
  /** A directory of the canary's own: made, and removed. */
  readonly dir: string;
  /** The empty configuration that sessions are started with. */
  readonly emptyRoot: string;
  readonly process: Omit<ProcessOptions, "onEvent">;
  readonly uuid: () => string;
  /** How long is waited for what has to be heard, if not the usual time. */
  readonly patienceMs?: number | undefined;
}

/**
 * Proves what keeps a directory's own configuration out: with it nothing that is planted in a test
 * directory runs or counts, and where it is left away all of that is seen to run, since a canary that
 * cannot sing proves nothing. Costs no call of the model. The CLI's own directory is one of the
 * canary's, so neither the user's hooks run, nor does anything of this stay there.
 * @returns the flag where it holds, else the fallback.
 * @throws {StartError} when neither holds, it cannot be told, or the CLI does not start.
 */
export async function prove(options: CanaryOptions): Promise<LockKind> {
  const { dir, emptyRoot } = options;
  await removePlot(dir);
  try {
    await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
    await openDirectory(dir, await groupOf(dirname(dir)), "reads");
    if (await holds(options, emptyRoot)) return "flag";
    if (await holds(options, null)) return "fallback";
    throw new StartError(SINGS, "other");
  } finally {
    await removePlot(dir);
  }
}

const SINGS =
  "This version of Claude Code is not used: in a test directory, a planted hook, variable or MCP server took effect before anybody had allowed it, whatever it was told, or could not be seen at all. Install another version, or name one in `claude.command`.";

/**
 * Tells whether something is heard where the directory is open, and nothing where it is locked. What
 * took its time to be heard has more of it to stay silent.
 * @param locked the configuration that stands for the directory's; null for the fallback.
 */
async function holds(options: CanaryOptions, locked: string | null): Promise<boolean> {
  try {
    const open = await plant(options.dir, options.uuid());
    const heard = await listen(open, options, {
      configRoot: locked === null ? null : open.project,
      extra: locked === null ? ["--setting-sources", "user,project,local"] : [],
      patienceMs: options.patienceMs ?? PATIENCE_MS,
    });
    if (heard.what.length === 0) return false;
    const closed = await plant(options.dir, options.uuid());
    const { what } = await listen(closed, options, {
      ...{ configRoot: locked, extra: [], patienceMs: 0 },
      listenMs: Math.max(LISTEN_MS, 3 * heard.afterMs),
    });
    return what.length === 0;
  } catch (error) {
    if (!(error instanceof StartError) || locked === null) throw error;
    return false; // It does not know the flag, or does not start at all: the fallback will tell.
  }
}

interface Plot {
  /** The directory of a stranger. */
  readonly project: string;
  /** Where all that runs leaves a file. */
  readonly marks: string;
  /** The CLI's own directory. */
  readonly config: string;
}

/**
 * Makes a directory that brings a hook, a helper for keys, variables and an MCP server. Each is used
 * once: what ran late in one is not heard in the next.
 */
async function plant(dir: string, uuid: string): Promise<Plot> {
  const [project, marks, config] = ["project", "marks", "config"].map((name) =>
    join(dir, `${name}-${uuid}`)
  ) as [string, string, string];
  for (const each of [project, join(project, ".claude"), marks, config]) {
    await Deno.mkdir(each, { mode: 0o700 }); // Closed until all of it is there.
  }
  const touch = (name: string) => `touch ${quoted(join(marks, name))}`;
  const hook = (name: string) => [{ hooks: [{ type: "command", command: touch(name) }] }];
  const shared = {
    env: { [VARIABLE]: "planted" },
    apiKeyHelper: `${touch("helper")}; echo none`,
    hooks: { SessionStart: hook("hook") },
  };
  const local = { env: { [VARIABLE]: "planted" }, hooks: { SessionStart: hook("local hook") } };
  const server = { command: "/bin/sh", args: ["-c", `${touch("server")}; exec cat`] };
  const files: [string, unknown][] = [
    [".claude/settings.json", shared],
    [".claude/settings.local.json", local],
    [".mcp.json", { mcpServers: { canary: server } }],
  ];
  for (const [name, content] of files) {
    await Deno.writeTextFile(join(project, name), JSON.stringify(content));
  }
  const group = await groupOf(dir);
  for (const each of [project, marks, config]) await openTree(each, group, "writes");
  return { project, marks, config };
}

/** Removes all but what a CLI that runs as another user keeps closed to us in its own directory. */
async function removePlot(dir: string): Promise<void> {
  const remove = (path: string, kept: boolean) =>
    Deno.remove(path, { recursive: true }).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return;
      if (!kept || !(error instanceof Deno.errors.PermissionDenied)) throw error;
    });
  try {
    await remove(dir, false);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    await Deno.chmod(dir, 0o700);
    for await (const { name } of Deno.readDir(dir)) await remove(join(dir, name), true);
  }
}

const quoted = (path: string) => `'${path.replaceAll("'", `'\\''`)}'`;

interface Listening {
  readonly configRoot: string | null;
  /** Words behind those that a session's process is started with. */
  readonly extra: readonly string[];
  /** How long is listened in any case. */
  readonly listenMs?: number;
  /** How long is waited for the first sound, beyond the time that is listened anyway. */
  readonly patienceMs: number;
}

/** The things that took effect, and how long after the handshake the first of them was seen to run. */
interface Heard {
  readonly what: readonly string[];
  readonly afterMs: number;
}

/** Starts the CLI in the planted directory. */
async function listen(
  { project, marks, config }: Plot,
  { process, uuid }: CanaryOptions,
  { configRoot, extra, listenMs = LISTEN_MS, patienceMs }: Listening,
): Promise<Heard> {
  const { clock, signal = new AbortController().signal } = process;
  const spawn: Spawn = (command, options) => process.spawn([...command, ...extra], options);
  const env = { ...process.env, CLAUDE_CONFIG_DIR: config };
  const claude = await ClaudeProcess.start(launchOf(project, configRoot, uuid()), {
    ...process,
    ...{ env, spawn, onEvent: () => {} },
  });
  try {
    const since = clock.steady();
    const counted = await effects(claude);
    for (let afterMs = 0;; await sleep(clock, LOOK_MS, signal)) {
      const what = [...counted, ...await namesIn(marks)];
      const now = clock.steady() - since;
      if (what.length === counted.length) afterMs = now;
      // Silence of one that was broken off, or has died, proves nothing.
      if (signal.aborted || (what.length === 0 && !claude.alive)) {
        throw new StartError("The test of Claude Code was broken off.", "other");
      }
      const mayCome = what.length === 0 && now < listenMs + patienceMs;
      if (now >= listenMs && !mayCome) return { what, afterMs };
    }
  } finally {
    await claude.close("closed", HURRIED);
  }
}

const namesIn = (directory: string) => Array.fromAsync(Deno.readDir(directory), ({ name }) => name);

const launchOf = (cwd: string, configRoot: string | null, id: string): Launch => ({
  session: "canary",
  cwd,
  conversation: { id, state: "new" },
  systemPrompt: "",
  permissionMode: "default",
  model: null,
  maxTurns: null,
  effort: null,
  allowedTools: [],
  configRoot,
  permissions: NO_PERMISSIONS,
  memoryExcludes: [],
});

const Applied = z.looseObject({
  effective: z.looseObject({ env: z.record(z.string(), z.unknown()).optional() }),
  sources: z.array(z.looseObject({ source: z.string() })),
});
const Servers = z.looseObject({ mcpServers: z.array(z.looseObject({ name: z.string() })) });

/**
 * The effects that the CLI itself says the directory had on it. Files alone do not tell where the settings'
 * command changes the user, who may not write ours.
 * @throws {StartError} when it does not say.
 */
async function effects(claude: ClaudeProcess): Promise<string[]> {
  const applied = Applied.safeParse((await claude.control({ subtype: "get_settings" }))?.response);
  const servers = Servers.safeParse((await claude.control({ subtype: "mcp_status" }))?.response);
  if (!applied.success || !servers.success) {
    throw new StartError(
      "This version of Claude Code is not used: it does not say which settings and servers it took, so nothing shows that those of a strange directory are kept out.",
      "other",
    );
  }
  const { effective, sources } = applied.data;
  return [
    ...(effective.env !== undefined && VARIABLE in effective.env ? ["variable"] : []),
    ...sources.map(({ source }) => source).filter((source) => /project|local/i.test(source)),
    ...servers.data.mcpServers.map(({ name }) => name).filter((name) => name === "canary"),
  ];
}
