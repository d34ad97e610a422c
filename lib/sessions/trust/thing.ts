/** What a directory may bring that the CLI would obey (Claude Code 2.1.332). */
import type { Bytes } from "../safe_file.ts";

/** The headings that things are shown under, in this order. */
export const HEADINGS = {
  hook: "Hooks",
  server: "MCP servers",
  helper: "Commands that the CLI calls",
  variable: "Environment variables",
  allow: "Runs without asking",
  ask: "Always asks",
  deny: "Never runs",
  directory: "May be read and changed besides",
  skill: "Skills",
  command: "Commands",
  agent: "Agents",
  style: "Output styles",
  setting: "Settings",
} as const;

export type Kind = keyof typeof HEADINGS;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** What a thing puts into the copy that a process is given. */
export type Part =
  | {
    readonly to: "hooks";
    readonly event: string;
    readonly matcher: string | null;
    readonly hook: JsonObject & { command: string };
  }
  | { readonly to: "servers"; readonly name: string; readonly config: JsonObject }
  | { readonly to: "env"; readonly name: string; readonly value: string }
  | { readonly to: "settings"; readonly key: string; readonly value: Json }
  /** A command under a key of its own; `object` where it stands in one, as `statusLine` has it. */
  | {
    readonly to: "helpers";
    readonly key: string;
    readonly command: string;
    readonly object: JsonObject | null;
  }
  | { readonly to: "rules"; readonly behavior: "allow" | "ask" | "deny"; readonly rule: string }
  | { readonly to: "directories"; readonly path: string }
  | { readonly to: "files"; readonly paths: readonly string[] };

/** One thing that a directory brings. */
export interface Thing {
  readonly kind: Kind;
  /** What it is called, or when it runs. */
  readonly title: string;
  /** What it runs, allows or sets; secrets are left out. */
  readonly text: string;
  /** Files of the directory that it calls: it runs only while they are as they were shown. */
  readonly calls: readonly string[];
  /** Why what it calls may change all the same; empty when everything is held. */
  readonly loose: readonly string[];
  readonly part: Part;
}

/** What is called of the directory, as {@linkcode Thing} has it. */
export interface Calls {
  /** Regular files, relative to the directory. */
  readonly files: readonly string[];
  /** Why what is called may change without being noticed. */
  readonly loose: readonly string[];
}

/** A thing; without `calls` it calls nothing of the directory. */
export function thing(
  kind: Kind,
  title: string,
  text: string,
  part: Part,
  { files, loose }: Calls = { files: [], loose: [] },
): Thing {
  return { kind, title, text, calls: files, loose, part };
}

/** Something that is never taken over. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** What was found, before it is put together. */
export interface Findings {
  readonly things: Thing[];
  readonly leftOut: LeftOut[];
}

/** Leaves out a key of a file, with the reason. */
export type Leave = (key: string, why: string) => void;

export const NOT_AS_WRITTEN = "it is not as Claude Code writes it";

const SECRET = /KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL|COOKIE/i;
/** The last word of a name that says where a secret is, or what is run to get it. */
const ABOUT_A_SECRET =
  /(?:ASKPASS|PASSCOMMAND|(?:^|[_-])(?:COMMAND|CMD|HELPER|PROVIDER|PROGRAM|FILE|DIR|PATH|SOCK|STORE|URL|HOST))$/i;

/** Names of secrets. What runs, or says where something is, has to be seen before a yes. */
const isSecretName = (name: string): boolean =>
  SECRET.test(name) && !ABOUT_A_SECRET.test(name) && !/^GIT_AUTHOR_/i.test(name);

/**
 * A value as it may be shown: a secret's length alone. One that takes in variables is shown whole, since
 * it says what of ours goes there; and so is a path, which may be one of something that is run.
 */
export function shownValue(name: string, value: string): string {
  const isPath = /^[/~.]/.test(value);
  return isSecretName(name) && !isPath && !value.includes("$")
    ? `(secret, ${value.length} characters)`
    : value;
}

export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** What a directory brings that would run by itself, or change what runs without asking. */
export interface Brought {
  /** The directory, with no link in its path. */
  readonly root: string;
  readonly things: readonly Thing[];
  readonly leftOut: readonly LeftOut[];
  /** Lines of `.git/config` that make git run commands. */
  readonly git: readonly string[];
  /** The content of each file that is copied or called, by its path. */
  readonly files: ReadonlyMap<string, Bytes>;
  /** All of it as text, with the files' contents: what is shown, and what a later change is compared with. */
  readonly text: string;
  /** A hash over all of it; two that differ in anything that counts have different ones. */
  readonly digest: string;
}
