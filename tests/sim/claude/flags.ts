/** The command line: which flags there are, which values they take, and how a wrong one is refused. */

export const VERSION = "2.1.329";
export const OLD_VERSION = "2.1.197";

export type Mode = "default" | "acceptEdits" | "plan" | "dontAsk" | "auto" | "bypassPermissions";

export interface Flags {
  readonly partialMessages: boolean;
  readonly replayUserMessages: boolean;
  /** Whether prompts go to the parent (`--permission-prompt-tool stdio`). */
  readonly prompts: boolean;
  readonly sessionId: string | undefined;
  readonly resume: string | undefined;
  readonly forkSession: boolean;
  readonly persistence: boolean;
  readonly model: string | undefined;
  readonly mode: Mode;
  /** Whether `bypassPermissions` may be chosen later. */
  readonly bypassAllowed: boolean;
  readonly effort: string | undefined;
  readonly maxTurns: number | undefined;
  readonly appendSystemPrompt: string | undefined;
  readonly systemPromptSnapshot: boolean;
  readonly allowedTools: readonly string[];
  readonly disallowedTools: readonly string[];
  readonly addDirs: readonly string[];
  /** The directory whose project configuration counts; undefined when none does. */
  readonly configRoot: string | undefined;
}

/** The start is refused: words for stderr, and the words of a `result` line where one is due. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(message: string, readonly result?: string, readonly reason?: string) {
    super(message);
  }
}

/** `none`: a switch; `one`: takes a value; `many`: takes values up to the next flag. */
type Arity = "none" | "one" | "many" | "optional";

const words = (list: string) => list.trim().split(/\s+/);

const FLAGS = new Map<string, Arity>([
  ...words(`--print --verbose --include-partial-messages --replay-user-messages --fork-session
    --no-session-persistence --dangerously-skip-permissions --allow-dangerously-skip-permissions
    --bare --brief --chrome --no-chrome --continue --disable-slash-commands --ide
    --include-hook-events --safe-mode --strict-mcp-config --forward-subagent-text --restricted
    --exclude-dynamic-system-prompt-sections --await-initialize`)
    .map((name): [string, Arity] => [name, "none"]),
  ...words(`--input-format --output-format --permission-mode --permission-prompt-tool
    --permission-prompts --session-id --model --fallback-model --effort --max-turns
    --max-budget-usd --max-thinking-tokens --append-system-prompt --append-system-prompt-file
    --system-prompt --system-prompt-file --system-prompt-snapshot --settings --setting-sources
    --json-schema --agent --agents --name --debug-file --autocompact --environment --thinking
    --resume-session-at --plugin-url --project-config-root`)
    .map((name): [string, Arity] => [name, "one"]),
  ...words("--allowedTools --disallowedTools --tools --add-dir --mcp-config --betas --plugin-dir")
    .map((name): [string, Arity] => [name, "many"]),
  ...words("--resume --debug --worktree --from-pr").map((name): [string, Arity] => [
    name,
    "optional",
  ]),
]);

const ALIASES = new Map([
  ["-p", "--print"],
  ["-r", "--resume"],
  ["-c", "--continue"],
  ["-d", "--debug"],
  ["-n", "--name"],
  ["-w", "--worktree"],
  ["--allowed-tools", "--allowedTools"],
  ["--disallowed-tools", "--disallowedTools"],
]);

const CHOICES = new Map<string, readonly [shown: string, allowed: readonly string[]]>([
  ["--input-format", ["--input-format <format>", ["text", "stream-json"]]],
  ["--output-format", ["--output-format <format>", ["text", "json", "stream-json"]]],
  ["--permission-mode", [
    "--permission-mode <mode>",
    words("acceptEdits auto bypassPermissions manual dontAsk plan"),
  ]],
  ["--system-prompt-snapshot", ["--system-prompt-snapshot <on|off>", ["on", "off"]]],
]);

type Parsed = Map<string, string[]>;

function parse(args: readonly string[]): Parsed {
  const parsed: Parsed = new Map();
  for (let at = 0; at < args.length;) {
    const arg = args[at++] ?? "";
    if (!arg.startsWith("-")) continue; // A prompt on the command line: ignored with stream-json.
    const [written = "", ...inline] = arg.split("=");
    const name = ALIASES.get(written) ?? written;
    const arity = FLAGS.get(name);
    if (arity === undefined) throw new Refusal(`error: unknown option '${arg}'`);
    const values = inline.length > 0 ? [inline.join("=")] : [];
    const most = arity === "none" || values.length > 0 ? 0 : arity === "many" ? Infinity : 1;
    while (values.length < most && at < args.length) {
      const next = args[at] ?? "";
      if (arity !== "one" && next.startsWith("-")) break;
      values.push(next);
      at++;
    }
    if (arity === "one" && values.length === 0) {
      throw new Refusal(`error: option '${name} <value>' argument missing`);
    }
    checkChoice(name, values[0]);
    parsed.set(name, [...(parsed.get(name) ?? []), ...values]);
  }
  return parsed;
}

function checkChoice(name: string, value: string | undefined): void {
  const choice = CHOICES.get(name);
  if (choice === undefined || value === undefined) return;
  const [shown, allowed] = choice;
  if (allowed.includes(value) || (name === "--permission-mode" && value === "default")) return;
  throw new Refusal(
    `error: option '${shown}' argument '${value}' is invalid. Allowed choices are ${
      allowed.join(", ")
    }.`,
  );
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function checkCombination(parsed: Parsed, env: (name: string) => string | undefined): void {
  const value = (name: string) => parsed.get(name)?.at(-1);
  if (!parsed.has("--print")) {
    throw new Refusal("Error: this stand-in only runs with --print");
  }
  if (value("--input-format") === "stream-json" && value("--output-format") !== "stream-json") {
    throw new Refusal("Error: --input-format=stream-json requires output-format=stream-json.");
  }
  if (!parsed.has("--verbose")) {
    throw new Refusal(
      "Error: When using --print, --output-format=stream-json requires --verbose",
    );
  }
  if (value("--input-format") !== "stream-json") {
    throw new Refusal("Error: this stand-in only speaks stream-json");
  }
  const id = value("--session-id");
  if (id !== undefined && !UUID.test(id)) {
    throw new Refusal("Error: Invalid session ID. Must be a valid UUID.");
  }
  if (id !== undefined && parsed.has("--resume") && !parsed.has("--fork-session")) {
    throw new Refusal("Error: --session-id with --continue or --resume also needs --fork-session.");
  }
  checkResume(parsed);
  checkTurns(value("--max-turns"));
  checkSettings(value("--settings"));
  checkConfigRoot(value("--project-config-root"));
  const bypass = value("--permission-mode") === "bypassPermissions" ||
    parsed.has("--dangerously-skip-permissions") ||
    parsed.has("--allow-dangerously-skip-permissions");
  const sandbox = env("IS_SANDBOX") === "1" || env("CLAUDE_CODE_BUBBLEWRAP") === "1";
  if (bypass && Deno.uid() === 0 && !sandbox) {
    const words =
      "--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons";
    throw new Refusal(words, undefined, "bypass_root");
  }
}

function checkResume(parsed: Parsed): void {
  const given = parsed.get("--resume");
  if (given === undefined) return;
  const words =
    "--resume requires a valid session ID or session title when used with --print. Usage: claude -p --resume <session-id|title>";
  const id = given.at(-1);
  if (id === undefined) throw new Refusal(`Error: ${words}`, words);
  if (!UUID.test(id)) {
    const more =
      `${words}. Provided value "${id}" is not a UUID and does not match any session title.`;
    throw new Refusal(`Error: ${more}`, more);
  }
}

function checkTurns(turns: string | undefined): void {
  if (turns === undefined || Number.isFinite(Number(turns))) return;
  throw new Refusal(
    `error: option '--max-turns <turns>' argument '${turns}' is invalid. must be a number`,
  );
}

/** `--settings` is JSON or a file; JSON that does not parse is taken for a file's name. */
function checkSettings(settings: string | undefined): void {
  if (settings === undefined) return;
  try {
    JSON.parse(settings);
  } catch {
    try {
      Deno.statSync(settings);
    } catch {
      throw new Refusal(`Error: Settings file not found: ${Deno.cwd()}/${settings}`);
    }
  }
}

function checkConfigRoot(root: string | undefined): void {
  if (root === undefined) return;
  const flag = "Error: --project-config-root";
  if (!root.startsWith("/")) throw new Refusal(`${flag} must be an absolute local path`);
  try {
    Deno.readDirSync(root);
  } catch {
    throw new Refusal(`${flag} is not an existing directory that this user can list`);
  }
}

/** @throws {Refusal} with the words of the real command. */
export function readFlags(
  args: readonly string[],
  env: (name: string) => string | undefined,
): Flags {
  const parsed = parse(args);
  checkCombination(parsed, env);
  const value = (name: string) => parsed.get(name)?.at(-1);
  const list = (name: string) =>
    (parsed.get(name) ?? []).flatMap((item) => item.match(/[^\s,(]+(?:\([^)]*\))?/g) ?? []);
  const mode = parsed.has("--dangerously-skip-permissions")
    ? "bypassPermissions"
    : value("--permission-mode") ?? "default";
  const turns = value("--max-turns");
  return {
    partialMessages: parsed.has("--include-partial-messages"),
    replayUserMessages: parsed.has("--replay-user-messages"),
    prompts: value("--permission-prompt-tool") === "stdio" &&
      value("--permission-prompts") !== "none",
    sessionId: value("--session-id"),
    resume: value("--resume"),
    forkSession: parsed.has("--fork-session"),
    persistence: !parsed.has("--no-session-persistence"),
    model: value("--model"),
    mode: (mode === "manual" ? "default" : mode) as Mode,
    bypassAllowed: mode === "bypassPermissions" ||
      parsed.has("--allow-dangerously-skip-permissions"),
    effort: value("--effort"),
    maxTurns: turns === undefined ? undefined : Number(turns),
    appendSystemPrompt: value("--append-system-prompt"),
    systemPromptSnapshot: value("--system-prompt-snapshot") !== "off",
    allowedTools: list("--allowedTools"),
    disallowedTools: list("--disallowedTools"),
    addDirs: parsed.get("--add-dir") ?? [],
    configRoot: (value("--setting-sources") ?? "project").includes("project")
      ? value("--project-config-root") ?? Deno.cwd()
      : undefined,
  };
}
