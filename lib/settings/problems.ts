import type { z } from "zod";
import { cut, editDistance } from "../text.ts";
import type { JsonSchema } from "./schema.ts";

/** One thing that is wrong with the settings: where, and what was expected instead of what. */
export interface Problem {
  /** The key's path (`claude.idle_minutes`), or the name of an environment variable. */
  readonly path: string;
  /** What was expected and what was found, without any secret value. */
  readonly text: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Values below such keys are described, never shown. */
const SECRET_KEY = /^env$|token|secret|password|credential|key/i;
/** What looks like a secret wherever it was pasted: a bot token, an API key, a URL with a login. */
const SECRET_VALUE = /\d+:[\w-]{20,}|sk-[\w-]{8,}|\/\/[^/]*@/;
const LONGEST_SHOWN = 60;

const NOUNS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  null: "null",
  number: "a number",
  object: "an object { … }",
  record: "an object { … }",
  string: "text in quotes",
};

/** What `issue` says about `data`, in sentences for the owner: one problem for each wrong key. */
export function problemsOf(issue: Issue, data: unknown, schema: JsonSchema): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(issue.path, key, schema));
  }
  if (issue.code === "invalid_key") {
    return [{ path: pathText(issue.path), text: issue.issues[0]?.message ?? issue.message }];
  }
  const found = describeFound(valueAt(data, issue.path), issue.path);
  return [{ path: pathText(issue.path), text: `${expectation(issue)}, found ${found}` }];
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.startsWith("expected ")) return issue.message;
      return `expected ${NOUNS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      if (issue.message.startsWith("expected ")) return issue.message;
      if (issue.origin === "array") return `expected a list of at least ${issue.minimum}`;
      return `expected a number of at least ${issue.minimum}`;
    case "too_big":
      if (issue.message.startsWith("expected ")) return issue.message;
      return `expected a number of at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function describeFound(value: unknown, path: Path): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value !== null && typeof value === "object") return "an object";
  if (path.some((key) => SECRET_KEY.test(String(key)))) return `a ${typeof value} (not shown)`;
  if (typeof value !== "string") return String(value);
  if (SECRET_VALUE.test(value)) return "a text that looks like a secret (not shown)";
  return JSON.stringify(cut(value, LONGEST_SHOWN));
}

function unknownKey(parent: Path, key: string, schema: JsonSchema): Problem {
  const path = pathText([...parent, key]);
  if (parent.length === 1 && parent[0] === "telegram" && /token/i.test(key)) {
    const text = "unknown key; the bot token comes from TELEGRAM_BOT_TOKEN or from the file " +
      "that telegram.token_file names";
    return { path, text };
  }
  const suggestion = nearestKey(parent, key, schema);
  return { path, text: `unknown key${suggestion === null ? "" : `; did you mean ${suggestion}?`}` };
}

/** A sibling that differs by a slip, or the same key where it really belongs. */
function nearestKey(parent: Path, key: string, schema: JsonSchema): string | null {
  const here = pathText(parent);
  const distances = knownPaths(schema, "").map((path) => {
    const dot = path.lastIndexOf(".");
    const name = path.slice(dot + 1);
    const elsewhere = (dot < 0 ? "" : path.slice(0, dot)) !== here;
    const distance = editDistance(key.toLowerCase(), name.toLowerCase());
    return { path, distance: elsewhere ? distance * 3 : distance };
  });
  const best = distances.sort((a, b) => a.distance - b.distance)[0];
  const tolerance = Math.max(1, Math.floor(key.length / 3));
  return best !== undefined && best.distance <= tolerance ? best.path : null;
}

function knownPaths(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return [path, ...knownPaths(value, path)];
  });
}

/** What stands at a path of the file, whatever that holds. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (value === null || typeof value !== "object") return undefined;
    return Reflect.get(value, key);
  }, data);
}

/** `telegram.allowed_users[0]`; the file itself for the empty path. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
