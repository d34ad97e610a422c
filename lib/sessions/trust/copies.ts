import { dirname, join } from "@std/path";
import type { TrustRow } from "../../journal/mod.ts";
import { type Bytes, digestOf, entriesOf, removeTree, syncPath } from "../safe_file.ts";
import { groupOf, openTree } from "../../sharing.ts";
import type { Brought, JsonObject, Part, Thing } from "./thing.ts";

/**
 * How much of what was shown is used: `shown` what cannot change unnoticed, `mayChange` also what calls
 * more than can be held; `always` all of it, whatever it becomes.
 */
export type Extent = TrustRow["extent"];

/** Rules in the CLI's own words. */
type TrustedPermissions = TrustRow["permissions"];

/** What a process is to be given: files by their paths below the configuration's root, and rules. */
interface Plan {
  readonly files: ReadonlyMap<string, Bytes>;
  readonly permissions: TrustedPermissions;
}

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

  /** True when the copy is there, and holds what its name says. */
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

/** The things that an extent uses. */
export const usedBy = (things: readonly Thing[], extent: Extent): Thing[] =>
  things.filter(({ loose }) => extent !== "shown" || loose.length === 0);

/**
 * Puts together what is used: settings and servers are written anew from what was understood, so that
 * nothing else is in them; texts are copied as they are.
 */
export function planOf(brought: Brought, extent: Extent): Plan {
  const things = usedBy(brought.things, extent);
  const held = new Map([...brought.files].map(([path, bytes]) => [path, digestOf(bytes)]));
  const wrap = new Wrapping(brought.root, held, extent);
  const settings = settingsOf(things, wrap);
  const servers = Object.fromEntries(
    partsTo(things, "servers").map((
      { thing, part },
    ) => [part.name, wrap.server(thing, part.config)]),
  );
  const files = new Map<string, Bytes>();
  const json = (path: string, value: JsonObject) =>
    Object.keys(value).length > 0 &&
    files.set(path, new TextEncoder().encode(JSON.stringify(value, null, 2)));
  json(".claude/settings.json", settings);
  if (Object.keys(servers).length > 0) json(".mcp.json", { mcpServers: servers });
  for (const { part } of partsTo(things, "files")) {
    for (const path of part.paths) files.set(path, brought.files.get(path)!);
  }
  return { files, permissions: permissionsOf(things) };
}

/** The parts of one sort, with the things that they are of. */
function partsTo<T extends Part["to"]>(things: readonly Thing[], to: T) {
  return things.flatMap((thing) =>
    thing.part.to === to ? [{ thing, part: thing.part as Extract<Part, { to: T }> }] : []
  );
}

function settingsOf(things: readonly Thing[], wrap: Wrapping): JsonObject {
  const settings: JsonObject = {};
  for (const { part } of partsTo(things, "settings")) settings[part.key] = part.value;
  for (const { thing, part: { key, command, object } } of partsTo(things, "helpers")) {
    const wrapped = wrap.command(thing, command, FAILED);
    settings[key] = object === null ? wrapped : { ...object, command: wrapped };
  }
  const env = partsTo(things, "env").map(({ part }) => [part.name, part.value]);
  if (env.length > 0) settings["env"] = Object.fromEntries(env);
  const groups = partsTo(things, "hooks").map(({ thing, part: { event, matcher, hook } }) => ({
    event,
    group: {
      ...(matcher === null ? {} : { matcher }),
      hooks: [{ ...hook, command: wrap.command(thing, hook.command, exitOf(event)) }],
    },
  }));
  const events = Map.groupBy(groups, ({ event }) => event);
  if (events.size > 0) {
    settings["hooks"] = Object.fromEntries(
      [...events].map(([event, each]) => [event, each.map(({ group }) => group)]),
    );
  }
  return settings;
}

function permissionsOf(things: readonly Thing[]): TrustedPermissions {
  const rules = (behavior: string) =>
    partsTo(things, "rules").filter(({ part }) => part.behavior === behavior).map(({ part }) =>
      part.rule
    );
  return {
    allow: rules("allow"),
    ask: rules("ask"),
    deny: rules("deny"),
    additionalDirectories: partsTo(things, "directories").map(({ part }) => part.path),
  };
}

const FAILED = 1;
/** What a hook ends with to keep a tool from running (Claude Code 2.1.332). */
const BLOCKED = 2;

/** A guard whose script was exchanged lets nothing pass; elsewhere 2 would keep a turn from ending. */
const exitOf = (event: string) => event === "PreToolUse" ? BLOCKED : FAILED;

/**
 * Commands of the copy, which the CLI would run in the copy: they run in the project, and only while the
 * files that they call are as they were shown.
 */
class Wrapping {
  constructor(
    readonly project: string,
    readonly held: ReadonlyMap<string, string>,
    readonly extent: Extent,
  ) {}

  command(thing: Thing, command: string, exit: number): string {
    // `eval` of a quoted text: whatever stands in it, it does not end what stands before.
    return `${this.#first(thing, exit)} && eval ${quoted(command)}`;
  }

  server(thing: Thing, config: JsonObject): JsonObject {
    const { command, args, env } = config;
    if (typeof command !== "string") return config; // One that is reached over the network.
    const script = `${this.#first(thing, FAILED)} && exec "$@"`;
    const words = [command, ...args as string[]].map((word) => this.#placed(word));
    return { command: "/bin/sh", args: ["-c", script, "sh", ...words], env: env ?? {} };
  }

  #first({ calls, loose }: Thing, exit: number): string {
    const project = quoted(this.project);
    const begin = `cd ${project} && export CLAUDE_PROJECT_DIR=${project}`;
    if (this.extent === "always" || loose.length > 0) return begin;
    const checks = calls.map((path) => {
      const words = quoted(`Switchboard: ${path} is not as it was trusted; /trust shows it.`);
      const same = `[ "$(sha256sum < ${quoted(path)})" = "${this.held.get(path)}  -" ]`;
      return `{ ${same} || { echo ${words} >&2; exit ${exit}; }; }`;
    });
    return [begin, ...checks].join(" && ");
  }

  /** In the arguments of a server the CLI knows nothing of its own variable (seen on 2.1.332). */
  #placed(word: string): string {
    return word.replaceAll(/\$\{CLAUDE_PROJECT_DIR(?::-[^}]*)?\}/g, () => this.project);
  }
}

/** A word as `sh` takes it literally. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
