/**
 * What Switchboard's own code may touch, as flags for `deno run` and `deno compile`, and what of
 * its environment it hands on to Claude. Reasons stand beside the lists; the README's "Permissions"
 * says to the owner what they come to.
 * @module
 */
import { isAbsolute, resolve } from "@std/path";
import type { Settings } from "../settings/mod.ts";
import { readHost, writeHost } from "../host.ts";

/** The settings that decide about permissions; secrets are not among them. */
export type PermissionSettings = Pick<Settings, "telegram" | "claude" | "homelab">;

/** Permissions by name: what a flag's list holds, or `true` for an unscoped one. */
export interface Permissions {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly run: readonly string[];
  readonly net: readonly string[] | true;
  readonly env: readonly string[];
  readonly sys: readonly string[];
}

/**
 * Variables that Claude's process may get from ours, by their full names: under a scoped `--allow-env`
 * the names that a prefix covers cannot be listed, only asked for one by one. Whatever else Claude
 * needs is for `claude.env` in the settings. Never among them: our own secrets, and what an outer
 * Claude Code tells the programs that it starts (`CLAUDECODE`, `CLAUDE_CODE_SESSION_ID`, …).
 */
export const CHILD_ENV_NAMES: readonly string[] = [
  ...["HOME", "PATH", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TZ", "LANG", "LANGUAGE"],
  ...["LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME"],
  ...["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL"],
  ...["ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_DEFAULT_OPUS_MODEL"],
  ...["ANTHROPIC_DEFAULT_SONNET_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL"],
  ...["CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_TMPDIR"],
  ...["CLAUDE_CODE_MAX_OUTPUT_TOKENS", "CLAUDE_CODE_MAX_RETRIES", "CLAUDE_CODE_SUBAGENT_MODEL"],
  ...["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB"],
  ...["DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING", "IS_SANDBOX"],
  ...["BASH_DEFAULT_TIMEOUT_MS", "BASH_MAX_TIMEOUT_MS", "MCP_TIMEOUT", "MCP_TOOL_TIMEOUT"],
];

const OWN_ENV = ["TELEGRAM_BOT_TOKEN", "CREDENTIALS_DIRECTORY", "SWITCHBOARD_*"];
/** Families that the list above belongs to; a name that it gains later needs no new permission. */
const FAMILIES = ["ANTHROPIC_*", "CLAUDE_*", "DISABLE_*", "LC_*", "XDG_*"];

/** Programs that every home needs, beside `claude`; what is not installed is not run. */
const PROGRAMS = ["setpriv", "tar", "pigz", "gzip", "ps", "cat", "kill", "ping"];

/** Where systemd lays out credentials for a service. */
const CREDENTIALS = "/run/credentials";

const PATH_FOR_PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What Switchboard may touch: for one home's settings, or for any home (`null`), which leaves the net open. */
export function permissions(settings: PermissionSettings | null): Permissions {
  return {
    read: [".", CREDENTIALS, ...(settings === null ? [] : namedFiles(settings))],
    write: ["."],
    run: unique([
      settings?.claude.command[0] ?? "claude",
      ...PROGRAMS,
      ...homelabPrograms(settings),
    ]),
    net: settings === null ? true : unique([
      ...namedUrls(settings).map(hostAndPort),
      ...pingedHosts(settings), // Where ping is not allowed, TCP is tried.
    ]),
    env: [
      ...OWN_ENV,
      ...CHILD_ENV_NAMES.filter((name) => !FAMILIES.some((family) => covers(family, name))),
      ...FAMILIES,
    ],
    sys: ["statfs"],
  };
}

/**
 * {@linkcode permissions} as command line flags. Relative paths stay relative: an executable resolves
 * them against the directory that it is started in, which is its home.
 *
 * @throws {Error} for a path or a program with a comma in its name, which no flag can carry.
 */
export function permissionFlags(settings: PermissionSettings | null): string[] {
  const lists = Object.entries(permissions(settings)) as [string, readonly string[] | true][];
  const flags = lists.map(([name, list]) => {
    if (list === true) return `--allow-${name}`;
    const unfit = list.find((entry) => entry.includes(","));
    if (unfit !== undefined) {
      throw new Error(`Cannot allow '${unfit}': Deno's permissions take no name with a comma.`);
    }
    return `--allow-${name}=${list.join(",")}`;
  });
  return ["--no-prompt", ...flags];
}

/**
 * The whole environment of Claude's process: what {@linkcode CHILD_ENV_NAMES} allows of ours, then
 * `extra` (the settings' `claude.env`), which wins.
 */
export function childEnvironment(
  env: (name: string) => string | undefined,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited: Record<string, string> = { PATH: PATH_FOR_PROGRAMS };
  for (const name of CHILD_ENV_NAMES) {
    const value = env(name);
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, ...extra };
}

function covers(family: string, name: string): boolean {
  return name.startsWith(family.slice(0, -1));
}

/** Files outside the home that the settings name: `token_file`, `ca_file` and the like. */
function namedFiles({ telegram, homelab }: PermissionSettings): string[] {
  const files = texts({ telegram, homelab }, (key) => key.endsWith("_file"));
  return unique(files.filter((file) => isAbsolute(file) || file.startsWith("..")));
}

function namedUrls({ telegram, homelab }: PermissionSettings): URL[] {
  const { commands: _theirOwn, ...services } = homelab;
  const urls = texts(services, () => true).filter((text) => /^https?:\/\//.test(text));
  return [telegram.api_root, ...urls].filter((text) => URL.canParse(text)).map((text) =>
    new URL(text)
  );
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}

function pingedHosts({ homelab }: PermissionSettings): string[] {
  const hosts = (homelab.ping?.hosts ?? []).map(readHost);
  return hosts.flatMap((host) => host === null ? [] : [writeHost(host)]);
}

/** `ping` where hosts are pinged, and the first word of each of the owner's commands. */
function homelabPrograms(settings: PermissionSettings | null): string[] {
  if (settings === null) return [];
  const { ping, commands = {} } = settings.homelab;
  const own = Object.values(commands).flatMap(({ run }) => run.slice(0, 1));
  return [...(ping === undefined ? [] : ["ping"]), ...own];
}

/** All texts anywhere in `value` that stand under a key that `wanted` accepts. */
function texts(value: unknown, wanted: (key: string) => boolean): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string" ? (wanted(key) ? [inner] : []) : texts(inner, wanted)
  );
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}

/** Beside those files: credentials, and what each process was started with, its token perhaps. */
const ALWAYS = [`${CREDENTIALS}/**`, "/proc/*/environ"];

/**
 * A path as a rule of the CLI. What would be a pattern there, or end the rule, is any one character:
 * a deny that covers more than the file keeps it all the same.
 */
export const inRule = (path: string) => path.replace(/[()*?[\]\\!,\n]/g, "?");

/**
 * Rules that keep Claude's own tools from our secrets, in every permission mode, and from changing
 * what is known and trusted here: a deny holds against all else (Claude Code 2.1.329 and 2.1.332).
 * They say nothing of what a script does that somebody let run.
 */
export function secretRules({ home, telegram, homelab }: Settings): string[] {
  const secrets = [...secretFiles({ home, telegram, homelab }).map(inRule), ...ALWAYS];
  const kept = ["state", "trust"].map((name) => `${inRule(home)}/${name}/**`);
  return [
    ...secrets.flatMap((path) => [`Read(/${path})`, `Edit(/${path})`]),
    ...kept.map((path) => `Edit(/${path})`),
  ];
}

/** The files with a token, a password or a key that the settings name. */
export const secretFiles = (
  { home, telegram, homelab }: Pick<Settings, "home" | "telegram" | "homelab">,
): string[] => filesIn({ telegram, homelab }).map((file) => resolve(home, file));

function filesIn(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner !== "string") return filesIn(inner);
    return key.endsWith("_file") && key !== "ca_file" ? [inner] : [];
  });
}
