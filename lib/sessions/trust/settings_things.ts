import { z } from "zod";
import { callsOf, looseIn } from "./calls.ts";
import type { DirectoryFiles } from "./files.ts";
import { permissionThings } from "./reach.ts";
import {
  type Calls,
  type Findings,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  type Leave,
  NOT_AS_WRITTEN,
  type Part,
  shownValue,
  type Thing,
  thing,
} from "./thing.ts";

/** Settings without any command in them, that say what they do. */
const PLAIN_KEYS = new Set([
  ...["model", "outputStyle", "language", "effortLevel", "alwaysThinkingEnabled"],
  ...["includeCoAuthoredBy", "includeGitInstructions", "respectGitignore"],
  ...["enableAllProjectMcpServers", "enabledMcpjsonServers", "disabledMcpjsonServers"],
]);

/** Settings that are a command. `statusLine` has it in an object. */
const HELPERS = new Set([
  ...[
    "apiKeyHelper",
    "awsAuthRefresh",
    "awsCredentialExport",
    "gcpAuthRefresh",
    "otelHeadersHelper",
  ],
  "statusLine",
]);

const LEFT_OUT: Readonly<Record<string, string>> = {
  enabledPlugins: "plugins come from elsewhere, and what they hold can change",
  extraKnownMarketplaces: "plugins come from elsewhere, and what they hold can change",
  cleanupPeriodDays: "it would delete conversations of other directories, too",
  sandbox: "what Claude may do without asking is said by rules and by /mode",
};

/** Keys of settings that only point an editor to their description. */
const SILENT = new Set(["$schema"]);

/** The settings of one file that count: those of `settings.local.json` go before the other's. */
export async function settingsThings(
  file: string,
  settings: JsonObject,
  files: DirectoryFiles,
  found: Findings,
): Promise<void> {
  const name = file.replace(".claude/", "");
  const leave = (key: string, why: string) => found.leftOut.push({ what: `${name}: ${key}`, why });
  const reading = { files, found, leave };
  for (const [key, value] of Object.entries(settings)) {
    if (SILENT.has(key)) continue;
    else if (key === "hooks") await hooks(value, reading);
    else if (key === "permissions") permissionThings(value, files.root, found.things, leave);
    else if (key === "env") await variables(value, reading);
    else if (HELPERS.has(key)) await helper(key, value, reading);
    else if (PLAIN_KEYS.has(key) && isPlain(value)) {
      replace(found, "setting", key, JSON.stringify(value), { to: "settings", key, value });
    } else leave(key, LEFT_OUT[key] ?? "I do not know what it does");
  }
}

/** One file of settings while it is read. */
interface Reading {
  readonly files: DirectoryFiles;
  readonly found: Findings;
  readonly leave: Leave;
}

const isPlain = (value: Json) =>
  ["string", "number", "boolean"].includes(typeof value) ||
  (Array.isArray(value) && value.every((each) => typeof each === "string"));

/** Adds a thing of which there is one with its title; a later one takes its place. */
function replace(
  { things }: Findings,
  kind: Kind,
  title: string,
  text: string,
  part: Part,
  calls?: Calls,
): void {
  const at = things.findIndex((each) => each.kind === kind && each.title === title);
  const made = thing(kind, title, text, part, calls);
  things.splice(at === -1 ? things.length : at, at === -1 ? 0 : 1, made);
}

const Hook = z.strictObject({
  type: z.literal("command"),
  command: z.string().min(1),
  timeout: z.number().positive().optional(),
  if: z.string().optional(),
  once: z.boolean().optional(),
  async: z.boolean().optional(),
  statusMessage: z.string().optional(),
});

const HookGroup = z.strictObject({ matcher: z.string().optional(), hooks: z.array(z.unknown()) });

async function hooks(value: Json, { files, found, leave }: Reading): Promise<void> {
  if (!isObject(value)) return leave("hooks", NOT_AS_WRITTEN);
  for (const [event, groups] of Object.entries(value)) {
    const where = `hooks.${event}`;
    if (!/^[A-Za-z]{1,40}$/.test(event) || !Array.isArray(groups)) {
      leave(where, NOT_AS_WRITTEN);
      continue;
    }
    for (const group of groups) {
      const parsed = HookGroup.safeParse(group);
      if (!parsed.success) leave(where, `I do not understand ${JSON.stringify(group)}`);
      for (const each of parsed.data?.hooks ?? []) {
        const hook = Hook.safeParse(each);
        if (hook.success) {
          found.things.push(await hookThing(event, parsed.data?.matcher ?? null, hook.data, files));
        } else {
          leave(where, `only hooks that are a plain command are used, not ${JSON.stringify(each)}`);
        }
      }
    }
  }
}

async function hookThing(
  event: string,
  matcher: string | null,
  hook: z.output<typeof Hook>,
  files: DirectoryFiles,
): Promise<Thing> {
  const { command, type: _type, ...rest } = hook;
  const besides = Object.keys(rest).length === 0 ? "" : `  ${JSON.stringify(rest)}`;
  const title = matcher === null || matcher === "" ? event : `${event} · ${matcher}`;
  const part = { event, matcher, hook: hook as JsonObject & { command: string } };
  const calls = await callsOf(command, files);
  return thing("hook", title, command + besides, { to: "hooks", ...part }, calls);
}

async function variables(value: Json, { files, found, leave }: Reading): Promise<void> {
  if (!isObject(value)) return leave("env", NOT_AS_WRITTEN);
  for (const [name, given] of Object.entries(value)) {
    const text = typeof given === "string" ? given : JSON.stringify(given);
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      leave(`env.${name}`, "it is no name of a variable");
      continue;
    }
    if (OURS.test(name)) {
      leave(`env.${name}`, "it says where Claude Code keeps its things, or what is closed here");
      continue;
    }
    const loose = await looseIn([text], files);
    const part = { to: "env" as const, name, value: text };
    replace(found, "variable", name, `${shownValue(name, text)}${meaningOf(name)}`, part, {
      files: [],
      loose,
    });
  }
}

/** Variables that say where the user's own configuration lies, or undo what is closed here. */
const OURS =
  /^(?:HOME|IS_SANDBOX|CLAUDE_CONFIG_DIR|CLAUDE_PROJECT_DIR|CLAUDE_CODE_DISABLE_(?:CRON|AUTO_MEMORY)|SWITCHBOARD_\w*)$/i;

/** What a variable means that takes the conversation, or the key, elsewhere. */
function meaningOf(name: string): string {
  if (/^(ANTHROPIC|CLAUDE).*(URL|HOST|ENDPOINT)|^HTTPS?_PROXY$|^ALL_PROXY$/i.test(name)) {
    return "   ⚠️ everything you and Claude write, and the API key, goes there";
  }
  if (
    /^(PATH|LD_|DYLD_|BASH_|ENV$|NODE_|PYTHON|GIT_|SHELL$|PERL5|RUBY)/.test(name) || RUNS.test(name)
  ) {
    return "   ⚠️ this can make any command run something else";
  }
  return "";
}

/** Names of programs, or of files that are run. */
const RUNS = /ASKPASS|PASSCOMMAND|_COMMAND$|_CMD$|EDITOR$|VISUAL$|PAGER$|BROWSER$|^LESSOPEN$/i;

async function helper(
  key: string,
  value: Json,
  { files, found, leave }: Reading,
): Promise<void> {
  const object = isObject(value) ? value : null;
  const command = object === null ? value : object["command"];
  if (typeof command !== "string" || (object !== null && object["type"] !== "command")) {
    return leave(key, NOT_AS_WRITTEN);
  }
  const part = { to: "helpers" as const, key, command, object };
  const { command: _shown, type: _type, ...rest } = object ?? {};
  const text = Object.keys(rest).length === 0 ? command : `${command}  ${JSON.stringify(rest)}`;
  replace(found, "helper", key, text, part, await callsOf(command, files));
}

const Values = z.record(z.string(), z.string());

const Stdio = z.strictObject({
  type: z.literal("stdio").optional(),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: Values.default({}),
});

const Remote = z.strictObject({
  type: z.enum(["http", "sse", "streamable-http"]),
  url: z.string().min(1),
  headers: Values.default({}),
});

/** The servers that `.mcp.json` names. */
export async function serverThings(
  file: JsonObject,
  files: DirectoryFiles,
  { things, leftOut }: Findings,
): Promise<void> {
  const { mcpServers: servers, ...rest } = file;
  for (const key of Object.keys(rest)) {
    leftOut.push({ what: `.mcp.json: ${key}`, why: "I do not know what it does" });
  }
  if (!isObject(servers ?? {})) return void leftOut.push(notUnderstood("mcpServers"));
  for (const [name, config] of Object.entries((servers ?? {}) as JsonObject)) {
    const stdio = Stdio.safeParse(config);
    const remote = Remote.safeParse(config);
    if (stdio.success) {
      const { command, args, env } = stdio.data;
      const line = [command, ...args].map(quotedIfNeeded).join(" ");
      const calls = await callsOf(line, files);
      const loose = [...calls.loose, ...await looseIn(Object.values(env), files)];
      const text = [line, ...shownValues(env)].join("\n");
      const part = { to: "servers" as const, name, config: { command, args, env } };
      things.push(thing("server", name, text, part, { files: calls.files, loose }));
    } else if (remote.success) {
      const { type, url, headers } = remote.data;
      const text = [`${type} ${url}`, ...shownValues(headers)].join("\n");
      const part = { to: "servers" as const, name, config: { type, url, headers } };
      things.push(thing("server", name, text, part));
    } else leftOut.push(notUnderstood(name));
  }
}

const notUnderstood = (name: string) => ({
  what: `.mcp.json: ${name}`,
  why: "I do not understand all of it",
});

const shownValues = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => `${name}=${shownValue(name, value)}`);

const quotedIfNeeded = (word: string) =>
  /^[\w@%+=:,./${}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
