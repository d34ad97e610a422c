/**
 * The little language that a prompt may be written in, to say what the model shall answer.
 * A prompt is a list of steps, separated by `;;` or line breaks; see README.md for the directives.
 */

export interface ToolCall {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

export interface ScriptedError {
  readonly status: number;
  /** How often this step fails before the rest of it is answered. */
  readonly times: number;
  readonly retryAfter?: number;
  readonly message?: string;
  /** The word of `ERR:word`, such as `nologin`. */
  readonly word?: string;
}

/** A word that the reader of the script was told to look for, such as `CRASH:3@5`. */
export interface Mark {
  readonly name: string;
  readonly value: string;
  /** How many deltas come before it takes effect. */
  readonly after: number;
}

/** What one call of the model answers. */
export interface Step {
  source: string;
  /** Whether anything but plain words was found. */
  directive: boolean;
  tools: ToolCall[];
  marks: Mark[];
  text?: string;
  thinking?: string;
  echo?: boolean;
  error?: ScriptedError;
  stopReason?: string;
  usage?: { input: number; output: number };
  chunk?: number;
  deltaDelayMs?: number;
  firstDelayMs?: number;
  cutAfter?: number;
  hangAfter?: number;
  rateLimitStatus?: string;
}

export function plainStep(text: string): Step {
  return { source: text, directive: false, tools: [], marks: [], text };
}

const NAMED_ERRORS: Record<string, { status: number; message?: string; limit?: string }> = {
  nologin: { status: 401 },
  limit: { status: 429, limit: "rejected" },
  toolong: { status: 400, message: "prompt is too long: 250000 tokens > 200000 maximum" },
  credit: { status: 400, message: "Your credit balance is too low to access the Anthropic API." },
};

type Take = (step: Step, match: RegExpMatchArray) => void;

const DIRECTIVES: readonly [RegExp, Take][] = [
  [/\bSLOW:(\d+)\b/, (step, m) => step.deltaDelayMs = Number(m[1])],
  [/\bTTFT:(\d+)\b/, (step, m) => step.firstDelayMs = Number(m[1])],
  [/\bCHUNK:(\d+)\b/, (step, m) => step.chunk = Math.max(1, Number(m[1]))],
  [/\bCUT:(\d+)\b/, (step, m) => step.cutAfter = Number(m[1])],
  [/\bHANG:(\d+)\b/, (step, m) => step.hangAfter = Number(m[1])],
  [/\bSTOP:(\w+)\b/, (step, m) => step.stopReason = m[1] ?? ""],
  [
    /\bUSAGE:(\d+),(\d+)\b/,
    (step, m) => step.usage = { input: Number(m[1]), output: Number(m[2]) },
  ],
  [/\bLIMIT:(\w+)\b/, (step, m) => step.rateLimitStatus = m[1] ?? ""],
  [/\bTHINK(?::(\d+))?\b/, (step, m) => step.thinking = thought(m[1])],
  [/\bERR:(\d+|[a-z]+)(?:\*(\d+))?(?:@(\d+))?(?::([^\n]*))?/, takeError],
  [/\bLONG:(\d+)\b(?::(\w+))?/, (step, m) => step.text = longText(Number(m[1]), m[2])],
  [/\bECHO\b/, (step) => step.echo = true],
];

function thought(length: string | undefined): string {
  const unit = "Let me think about it. ";
  return unit.repeat(length ? Math.ceil(Number(length) / unit.length) : 2);
}

function longText(length: number, name = "dog"): string {
  const unit = `The quick brown fox jumps over the lazy ${name}. `;
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

function takeError(step: Step, [, what = "", times, retryAfter, words]: RegExpMatchArray): void {
  const named = NAMED_ERRORS[what];
  const message = words ?? named?.message;
  step.error = {
    status: named?.status ?? (Number(what) || 500),
    times: times ? Number(times) : Infinity,
    ...(retryAfter ? { retryAfter: Number(retryAfter) } : {}),
    ...(message ? { message } : {}),
    ...(named ? { word: what } : {}),
  };
  if (named?.limit) step.rateLimitStatus = named.limit;
}

/** Reads prompts as scripts. `words` are further directives, kept as {@linkcode Step.marks}. */
export class ScriptReader {
  readonly #marks: readonly [string, RegExp][];

  constructor(words: readonly string[] = []) {
    this.#marks = words.map((word) => [
      word,
      new RegExp(`(?<![\\w:])${word}(?![\\w])(?::([^\\s@]*))?(?:@(\\d+))?`),
    ]);
  }

  steps(prompt: string): Step[] {
    return prompt.split(/\n|;;/).map((part) => part.trim()).filter(Boolean)
      .map((part) => this.#step(part));
  }

  isScript(prompt: string): boolean {
    return this.steps(prompt).some((step) => step.directive);
  }

  #step(source: string): Step {
    const step: Step = { source, directive: false, tools: [], marks: [] };
    // What follows SAY: is meant literally, and so are the arguments of a tool.
    const literalAt = source.search(/\b(?:SAY|TOOL|STDERR):/);
    let head = literalAt < 0 ? source : source.slice(0, literalAt);
    const literal = literalAt < 0 ? "" : source.slice(literalAt);
    const take = (pattern: RegExp, use: Take) => {
      const match = head.match(pattern);
      if (!match) return;
      step.directive = true;
      const end = (match.index ?? 0) + match[0].length;
      head = (head.slice(0, match.index) + head.slice(end)).trim();
      use(step, match);
    };
    for (const [pattern, use] of DIRECTIVES) take(pattern, use);
    for (const [name, pattern] of this.#marks) {
      take(
        pattern,
        (_, m) => step.marks.push({ name, value: m[1] ?? "", after: Number(m[2] ?? 0) }),
      );
    }
    takeLiteral(step, head.trim(), literal);
    return step;
  }
}

function takeLiteral(step: Step, before: string, literal: string): void {
  if (!literal) return;
  step.directive = true;
  if (literal.startsWith("STDERR:")) {
    const [, words = "", rest = ""] =
      literal.match(/^STDERR:([\s\S]*?)((?:\b(?:SAY|TOOL):[\s\S]*)?)$/) ?? [];
    step.marks.push({ name: "STDERR", value: words.trim(), after: 0 });
    takeLiteral(step, before, rest);
  } else if (literal.startsWith("SAY:")) {
    step.text = literal.slice("SAY:".length).trim();
  } else {
    if (before) step.text = before;
    step.tools.push(...literal.split(/\s*\+\+\s*(?=TOOL:)/).flatMap(toolCall));
  }
}

function toolCall(part: string): ToolCall[] {
  const [, kind, argument = ""] = part.match(/^TOOL:(\w+):?([\s\S]*)$/) ?? [];
  if (kind === undefined) return [];
  const make = SHORTHANDS[kind];
  if (make) return [make(argument.trim())];
  return [{ name: kind, input: argument ? { arg: argument.trim() } : {} }];
}

/** Short names for the tools of Claude Code; everything else goes through `TOOL:json:Name:{…}`. */
const SHORTHANDS: Record<string, (argument: string) => ToolCall> = {
  bash: (command) => ({ name: "Bash", input: { command, description: "fake" } }),
  bashbg: (command) => ({
    name: "Bash",
    input: { command, description: "fake", run_in_background: true },
  }),
  read: (path) => ({ name: "Read", input: { file_path: path } }),
  write: (argument) => {
    const [path = "", ...content] = argument.split("=");
    return { name: "Write", input: { file_path: path, content: content.join("=") } };
  },
  edit: (argument) => {
    const [path = "", from = "", to = ""] = argument.split("=");
    return { name: "Edit", input: { file_path: path, old_string: from, new_string: to } };
  },
  ask: (argument) => {
    const [question = "", ...labels] = argument.split("|");
    const options = (labels.length ? labels : ["A", "B"])
      .map((label) => ({ label, description: `pick ${label}` }));
    return {
      name: "AskUserQuestion",
      input: { questions: [{ question, header: "Choice", multiSelect: false, options }] },
    };
  },
  plan: (plan) => ({ name: "ExitPlanMode", input: { plan } }),
  enterplan: () => ({ name: "EnterPlanMode", input: {} }),
  task: (prompt) => ({
    name: "Agent",
    input: {
      description: "fake subagent",
      prompt,
      subagent_type: "general-purpose",
      run_in_background: false,
    },
  }),
  todo: () => ({
    name: "TodoWrite",
    input: { todos: [{ content: "one", status: "in_progress", activeForm: "doing one" }] },
  }),
  json: (argument) => {
    const [, name = "Unknown", json = "{}"] = argument.match(/^([\w-]+):([\s\S]*)$/) ?? [];
    return { name, input: parsedInput(json) };
  },
};

function parsedInput(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json);
  } catch {
    return { arg: json };
  }
}
