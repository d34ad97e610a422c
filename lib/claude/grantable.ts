import { z } from "zod";
import type { CanUseTool } from "./tools.ts";

/**
 * A right that a person may give from now on. A later request is covered when the same would be offered for
 * it, and by nothing else: so what is granted is what was shown. The rules of the CLI are wider than
 * they read. `Bash(python3 a.py)` lets `echo … | python3 a.py` and `cd x; python3 a.py` pass as well, a
 * compound command's suggestion is `git push *` for each part, and a directory that is opened is opened
 * for `rm -rf` (Claude Code 2.1.329 and 2.1.332). So none of them is used.
 */
export type Grantable =
  /** Exactly this command. */
  | { readonly kind: "command"; readonly command: string }
  /** Edits of files in exactly these directories; none: in the session's own, and below it. */
  | { readonly kind: "edits"; readonly directories: readonly string[] }
  /** Reading of files in exactly these directories. */
  | { readonly kind: "reads"; readonly directories: readonly string[] }
  /** Fetching pages of this host. */
  | { readonly kind: "host"; readonly host: string }
  /** Every use of a tool. */
  | { readonly kind: "tool"; readonly tool: string };

/** The same for all that is the same. */
export const grantKey = (grantable: Grantable): string => JSON.stringify(grantable);

/** A longer one could not be shown whole a second time. */
const LONGEST = 2_000;

/** Other fields of a command's request, which change nothing of what is run. */
const BESIDE = new Set(["command", "description", "timeout", "run_in_background"]);
const EDITS = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit"]);
/** Tools of which a yes to each use would be one to anything at all, or to what is not shown. */
const NEVER = new Set(["PowerShell", "Agent", "Task", "Skill", "SlashCommand"]);

/**
 * Why a request is made that is to be made each time: a rule that says so, a hook, a place that the CLI
 * itself protects (`.git`, `.claude`, a link that leads elsewhere).
 */
const EACH_TIME = new Set(["rule", "hook", "safetyCheck"]);

const Suggestion = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("addRules"),
    rules: z.array(z.object({ toolName: z.string(), ruleContent: z.string().optional() })).min(1),
    behavior: z.literal("allow"),
  }),
  z.object({ type: z.literal("addDirectories"), directories: z.array(z.string()).min(1) }),
  z.object({ type: z.literal("setMode"), mode: z.literal("acceptEdits") }),
]);
type Suggestion = z.infer<typeof Suggestion>;

/**
 * The right that may be given from now on when this is asked; null when none. Where the CLI suggests nothing
 * (an ask rule holds, a command that it cannot read, plan mode), it wants to ask each time.
 */
export function grantableOf(request: CanUseTool): Grantable | null {
  const { tool_name: tool, decision_reason_type: why } = request;
  if (tool === undefined || NEVER.has(tool) || (why !== undefined && EACH_TIME.has(why))) {
    return null;
  }
  const suggestions = (request.permission_suggestions ?? []).flatMap((suggestion) => {
    const parsed = Suggestion.safeParse(suggestion);
    return parsed.success ? [parsed.data] : [];
  });
  if (suggestions.length === 0) return null;
  const found = grantable(tool, request.input ?? {}, suggestions);
  return found === null || grantKey(found).length > LONGEST ? null : found;
}

function grantable(
  tool: string,
  input: Readonly<Record<string, unknown>>,
  suggestions: readonly Suggestion[],
): Grantable | null {
  if (tool === "Bash") {
    const { command } = input;
    const plain = Object.entries(input).every(([key, value]) => BESIDE.has(key) || !value);
    return typeof command === "string" && command.trim() !== "" && plain
      ? { kind: "command", command }
      : null;
  }
  if (EDITS.has(tool)) {
    const directories = suggestions.flatMap((each) =>
      each.type === "addDirectories" ? each.directories : []
    );
    const inside = suggestions.some(({ type }) => type === "setMode");
    return directories.length > 0 || inside
      ? { kind: "edits", directories: sorted(directories) }
      : null;
  }
  const rules = suggestions.flatMap((each) => each.type === "addRules" ? each.rules : []);
  if (rules.length === 0 || rules.some(({ toolName }) => toolName !== tool)) return null;
  const contents = rules.map(({ ruleContent = "" }) => ruleContent);
  if (tool === "Read") return reads(contents);
  const [content = ""] = contents;
  if (contents.length > 1) return null;
  if (tool !== "WebFetch") return content === "" ? { kind: "tool", tool } : null;
  const host = /^domain:([^\s:*/]+)$/.exec(content)?.[1];
  return host === undefined ? null : { kind: "host", host };
}

/** `Read(//etc/**)` is of `/etc`. */
function reads(contents: readonly string[]): Grantable | null {
  const directories = contents.map((content) => /^\/(\/.*)\/\*\*$/s.exec(content)?.[1]);
  return directories.every((each) => each !== undefined)
    ? { kind: "reads", directories: sorted(directories) }
    : null;
}

const sorted = (directories: readonly string[]) => [...new Set(directories)].sort();
