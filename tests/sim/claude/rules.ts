/** Which tool calls need consent: what the real CLI was seen to ask about, and what it let pass. */

import type { ToolCall } from "../messages_api/script.ts";
import type { Mode } from "./flags.ts";

export interface Rule {
  readonly toolName: string;
  readonly ruleContent?: string;
}

export type Verdict =
  | { readonly kind: "allow"; readonly reason: string }
  | { readonly kind: "deny"; readonly reason: string }
  | { readonly kind: "ask"; readonly outside?: boolean };

export interface RuleBook {
  readonly mode: Mode;
  readonly allow: readonly Rule[];
  /** Asked for every time, whatever allows it. */
  readonly ask?: readonly Rule[];
  readonly deny: readonly Rule[];
  /** The working directory and those added to it. */
  readonly dirs: readonly string[];
}

const SEPARATORS = /&&|\|\||;|\|/;

/** Commands that read, and never ask inside the working directory. */
const HARMLESS = new Set(
  `echo printf ls cat pwd date sleep true false whoami head tail grep wc uname id ps hostname
   uptime df free find seq test sort uniq cut diff du stat file which nproc`.split(/\s+/),
);
const HARMLESS_GIT = new Set(["status", "log", "diff", "show", "branch"]);
/** Commands that change files, and pass where edits pass. */
const FILE_COMMANDS = new Set(["touch", "mkdir", "rm", "rmdir", "mv", "cp", "sed"]);

export function parseRule(text: string): Rule {
  const [, toolName = text, ruleContent] = text.match(/^([^(]+)\((.*)\)$/) ?? [];
  return ruleContent === undefined ? { toolName } : { toolName, ruleContent };
}

export function judge(call: ToolCall, book: RuleBook): Verdict {
  if (book.deny.some((rule) => matches(rule, call, false))) {
    return { kind: "deny", reason: "subcommandResults" };
  }
  if (needsPerson(call.name)) return { kind: "ask" };
  if (book.ask?.some((rule) => matches(rule, call, false))) {
    return book.mode === "dontAsk" ? { kind: "deny", reason: "mode" } : { kind: "ask" };
  }
  if (book.mode === "bypassPermissions") return { kind: "allow", reason: "mode" };
  if (book.allow.some((rule) => matches(rule, call))) return { kind: "allow", reason: "rule" };
  if (book.mode === "auto") return { kind: "allow", reason: "mode" };
  return judgeByMode(call, book);
}

export function needsPerson(tool: string): boolean {
  return tool === "AskUserQuestion" || tool === "ExitPlanMode";
}

function judgeByMode(call: ToolCall, book: RuleBook): Verdict {
  const edits = book.mode === "acceptEdits";
  switch (call.name) {
    case "Bash":
      return harmlessCommand(String(call.input.command ?? ""), book.dirs, edits)
        ? { kind: "allow", reason: "subcommandResults" }
        : { kind: "ask" };
    case "Read":
      return inside(call.input.file_path, book.dirs)
        ? { kind: "allow", reason: "mode" }
        : { kind: "ask", outside: true };
    case "Write":
    case "Edit":
      return edits && inside(call.input.file_path, book.dirs)
        ? { kind: "allow", reason: "mode" }
        : { kind: "ask" };
    case "WebFetch":
    case "WebSearch":
      return { kind: "ask" };
    default:
      return call.name.startsWith("mcp__") ? { kind: "ask" } : { kind: "allow", reason: "other" };
  }
}

export function inside(path: unknown, dirs: readonly string[]): boolean {
  const text = String(path ?? "");
  if (!text.startsWith("/")) return !text.split("/").includes("..");
  return dirs.some((dir) => text === dir || text.startsWith(dir + "/"));
}

/** Whether every part of a command line only reads (or only changes files, where that passes). */
function harmlessCommand(command: string, dirs: readonly string[], edits: boolean): boolean {
  if (/\$\(|`|\bfor\b|\bwhile\b/.test(command)) return false;
  const plain = command.replaceAll(/2>&1|[12]?>\s*\/dev\/null/g, "");
  if (!edits && />/.test(plain)) return false;
  return plain.split(SEPARATORS).every((part) => {
    const [name = "", ...args] = part.trim().split(/\s+/);
    const known = HARMLESS.has(name) || (edits && FILE_COMMANDS.has(name)) ||
      (name === "git" && HARMLESS_GIT.has(args[0] ?? ""));
    return known && args.every((arg) => !/^(\/|~|\.\.)/.test(arg) || inside(arg, dirs));
  });
}

/** For a command line, an allowing rule must fit every part of it; a denying one fits any part. */
function matches(rule: Rule, call: ToolCall, every = true): boolean {
  if (rule.toolName !== call.name) return false;
  if (rule.ruleContent === undefined || rule.ruleContent === "*") return true;
  const content = rule.ruleContent.replace(/:\*$/, " *").replace(/^\/\//, "/");
  const words = content.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${words.join(".*")}$`, "s");
  if (call.name !== "Bash") {
    return pattern.test(String(call.input.file_path ?? call.input.url ?? ""));
  }
  const parts = String(call.input.command ?? "").split(SEPARATORS).map((part) => part.trim());
  const fits = (part: string) => pattern.test(part) || pattern.test(`${part} `);
  return every ? parts.every(fits) : parts.some(fits);
}
