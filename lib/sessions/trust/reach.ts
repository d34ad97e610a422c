import { basename, dirname, isAbsolute, join, normalize } from "@std/path";
import {
  type Findings,
  isObject,
  type Json,
  type Kind,
  type Leave,
  NOT_AS_WRITTEN,
  type Part,
  type Thing,
  thing,
} from "./thing.ts";

/** Where nothing that a directory brings may reach, whoever said yes to it. */
export interface Closed {
  /** The home of the user that `~` stands for. */
  readonly userHome: string;
  /** Switchboard's own files, those with secrets, the configuration of the CLI: whole paths. */
  readonly paths: readonly string[];
}

/** Below the home of any user: keys, logins, and what runs when somebody logs in. */
const OF_USERS = [
  ...[".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".netrc"],
  ...[".pgpass", ".git-credentials", ".gitconfig", ".npmrc", ".pypirc", ".claude", ".claude.json"],
  ...[".config", ".local", ".mozilla", ".profile", ".bashrc", ".bash_profile", ".bash_login"],
  ...[".zshrc", ".zshenv", ".zprofile"],
];

/** Of the machine: who may log in, what runs by itself, and what other processes know. */
const OF_MACHINE = [
  ...["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh", "/etc/pve/priv"],
  ...["/etc/crontab", "/etc/cron.d", "/etc/cron.daily", "/etc/cron.hourly", "/etc/systemd"],
  ...["/etc/profile", "/etc/profile.d", "/etc/ld.so.preload", "/var/spool/cron", "/var/run"],
  ...["/proc", "/sys", "/dev", "/run", "/boot", "/home"],
];

/** A path as the CLI takes it from settings, from the directory `root` on. */
function wholePath(path: string, root: string, { userHome }: Closed): string {
  const isOfUser = path === "~" || path.startsWith("~/");
  const whole = isOfUser
    ? join(userHome, path.slice(1))
    : isAbsolute(path)
    ? path
    : join(root, path);
  return normalize(whole).replace(/(?<=.)\/+$/, "");
}

/** The closed place that a whole path lies in, or that lies below it; null when there is none. */
function closedAt(path: string, { userHome, paths }: Closed): string | null {
  const other = /^\/home\/[^/]+/.exec(path)?.[0];
  const users = [userHome, "/root", ...(other === undefined ? [] : [other])].flatMap((user) =>
    OF_USERS.map((name) => join(user, name))
  );
  // A directory of `/home` is closed only as far as it is named above; all of them together are.
  const machine = OF_MACHINE.filter((each) => each !== "/home" || path === "/home");
  return [...paths, ...users, ...machine].find((each) => overlaps(path, each)) ?? null;
}

const overlaps = (one: string, other: string) => isIn(one, other) || isIn(other, one);

const isIn = (path: string, folder: string): boolean =>
  folder === "/" || path === folder || path.startsWith(`${folder}/`);

/** The CLI's tools for files, as an alternative of a pattern. */
const FILE_TOOLS = "Read|Edit|Write|MultiEdit|NotebookEdit|NotebookRead|Glob|Grep|LS";
const FILE_RULE = new RegExp(String.raw`^(${FILE_TOOLS})(?:\((.*)\))?$`, "s");
const WRITERS = new Set(["Edit", "Write", "MultiEdit", "NotebookEdit"]);

/** A rule for a tool of files: how far it reaches, as a whole path; null when it says nothing of that. */
function fileRule(
  rule: string,
  root: string,
  closed: Closed,
): { readonly tool: "Read" | "Edit"; readonly path: string | null } | null {
  const [, name = "", content = ""] = FILE_RULE.exec(rule) ?? [];
  if (name === "") return null;
  const tool = WRITERS.has(name) ? "Edit" : "Read";
  const pattern = content.trim();
  if (/^\**$/.test(pattern)) return { tool, path: null };
  const end = pattern.search(/[*?[\]{}!\\]/);
  if (end >= 0 && pattern.includes("..", end)) return { tool, path: "/" };
  const literal = end < 0 ? pattern : pattern.slice(0, pattern.slice(0, end).lastIndexOf("/") + 1);
  // A single slash begins at the project, two begin at the machine's root.
  const path = literal.startsWith("//")
    ? literal.slice(1)
    : literal.startsWith("/")
    ? `.${literal}`
    : literal;
  return { tool, path: wholePath(path, root, closed) };
}

/** The rules and directories of a file's permissions. */
export function permissionThings(value: Json, root: string, things: Thing[], leave: Leave): void {
  if (!isObject(value)) return leave("permissions", NOT_AS_WRITTEN);
  const add = (kind: Kind, text: string, part: Part) => {
    if (things.some((each) => each.kind === kind && each.text === text)) return;
    things.push(thing(kind, "", text, part));
  };
  for (const [key, entries] of Object.entries(value)) {
    const list = Array.isArray(entries) && entries.every((each) => typeof each === "string")
      ? entries as string[]
      : null;
    if (list !== null && (key === "allow" || key === "ask" || key === "deny")) {
      for (const rule of list.map((each) => each.trim())) {
        const text = key === "allow" ? `${rule}${reachOf(rule)}` : rule;
        add(key, text, { to: "rules", behavior: key, rule: absoluteRule(rule, root) });
      }
    } else if (list !== null && key === "additionalDirectories") {
      for (const each of list) {
        add("directory", each, { to: "directories", path: each });
      }
    } else {
      const why = key === "defaultMode" || key === "disableBypassPermissionsMode"
        ? "the mode is set in the chat (/mode)"
        : "I do not know what it does";
      leave(`permissions.${key}`, why);
    }
  }
}

/** What a rule without bounds means. */
function reachOf(rule: string): string {
  if (/^Bash(\(\s*:?\*\s*\))?$/.test(rule)) return "   ⚠️ any command";
  if (/^mcp__\*?$/.test(rule)) return "   ⚠️ every tool of every server";
  return "";
}

const ROOTED = new RegExp(String.raw`^(${FILE_TOOLS})\(\/(?!\/)`);

/**
 * A rule as it counts wherever the settings lie: what begins at the project's root (`Edit(/docs/**)`)
 * names the whole path.
 */
function absoluteRule(rule: string, root: string): string {
  return rule.replace(ROOTED, (_, tool: string) => `${tool}(/${root}/`);
}

/**
 * Takes out of what was found the directories and allowed files that lie where nothing may reach, and
 * names them. A rule for every file at all is held to the directory, as it is meant at a terminal.
 */
export async function withinReach(
  { things, leftOut }: Findings,
  root: string,
  closed: Closed,
): Promise<Findings> {
  const found: Findings = { things: [], leftOut: [...leftOut] };
  for (const thing of things) {
    const judged = await judge(thing, root, closed);
    if (typeof judged === "string") found.leftOut.push({ what: thing.text, why: judged });
    else found.things.push(judged);
  }
  return found;
}

/** @returns the thing as it may be used, or why it may not. */
async function judge(thing: Thing, root: string, closed: Closed): Promise<Thing | string> {
  const { part } = thing;
  if (part.to === "directories") {
    const path = wholePath(part.path, root, closed);
    // Also what is a link there now, or will be.
    if (isIn(path, root)) return "it lies in this directory, which is open anyway";
    return await refusal(path, closed) ?? { ...thing, text: path, part: { ...part, path } };
  }
  if (part.to !== "rules" || part.behavior !== "allow") return thing;
  if (/^(?!mcp__)[^(]*\*/.test(part.rule)) {
    return "it would allow several tools at once; use /mode for that";
  }
  const rule = fileRule(part.rule, root, closed);
  if (rule === null) return thing;
  if (rule.path === null) {
    const bounded = `${rule.tool}(/${root}/**)`;
    return {
      ...thing,
      text: `${thing.text}   in this directory`,
      part: { ...part, rule: bounded },
    };
  }
  return isIn(rule.path, root) ? thing : await refusal(rule.path, closed) ?? thing;
}

async function refusal(path: string, closed: Closed): Promise<string | null> {
  const real = await realPathOf(path);
  const at = closedAt(path, closed) ?? closedAt(real, closed);
  return at === null ? null : `it reaches ${at}, which stays closed`;
}

/** The path without links, as far as it exists and we may look. */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    const isGone = error instanceof Deno.errors.NotFound && path !== dirname(path);
    return isGone ? join(await realPathOf(dirname(path)), basename(path)) : path;
  }
}
