import type { TrustRow } from "../../journal/mod.ts";
import { type Bytes, digestOf } from "../safe_file.ts";
import type { Brought, JsonObject, Part, Thing } from "./thing.ts";

/**
 * How much of what was shown is used: `shown` what cannot change unnoticed, `mayChange` also what calls
 * more than can be held; `always` all of it, whatever it becomes.
 */
export type Extent = TrustRow["extent"];

/** Rules in the CLI's own words. */
type TrustedPermissions = TrustRow["permissions"];

/** What a process is to be given: files by their paths below the configuration's root, and rules. */
export interface Plan {
  readonly files: ReadonlyMap<string, Bytes>;
  readonly permissions: TrustedPermissions;
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
