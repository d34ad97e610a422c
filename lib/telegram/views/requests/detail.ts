import type { FormattedText } from "../../text/formatted.ts";
import type { InlineKeyboardButton } from "grammy/types";
import type { Document } from "../../api/uploads.ts";
import { basename } from "@std/path";
import { lineDiff } from "../../text/diff.ts";
import { readable } from "../../text/excerpt.ts";

type Input = Readonly<Record<string, unknown>>;

/** A request as it is put into the chat. */
export interface Shown {
  readonly text: FormattedText;
  readonly rows: InlineKeyboardButton[][];
  /** The text that was too long for the message, whole; null when the message says it all. */
  readonly document: Document | null;
}

/** What a tool call would do, in full: what a person must see before saying yes. */
export interface Detail {
  /** The file it is about; empty when it is about none. */
  readonly path: string;
  /** What Claude says about it; empty when it says nothing. */
  readonly about: string;
  /** The command, the change, the content. */
  readonly text: string;
  /** Of the text, for its colours. */
  readonly language: string;
  /** The name of a document that holds the text. */
  readonly file: string;
  /** Whatever else the call says, as lines. */
  readonly rest: string;
}

const word = (input: Input, key: string): string => {
  const value = input[key];
  return typeof value === "string" ? value : "";
};

/** What is said of each tool; the keys that it shows are not repeated in the rest. */
interface Shape {
  readonly keys: readonly string[];
  detail(input: Input): Partial<Detail>;
}

const change = (input: Input) => lineDiff(word(input, "old_string"), word(input, "new_string"));

const BASH: Shape = {
  keys: ["command", "description"],
  detail: (input) => ({
    about: word(input, "description"),
    text: word(input, "command"),
    language: "bash",
    file: "command.sh",
  }),
};

const EDIT: Shape = {
  keys: ["file_path", "old_string", "new_string"],
  detail: (input) => ({
    path: word(input, "file_path"),
    text: change(input),
    language: "diff",
    file: `${nameOf(input)}.diff`,
  }),
};

const MULTI_EDIT: Shape = {
  keys: ["file_path", "edits"],
  detail(input) {
    const edits = Array.isArray(input["edits"]) ? input["edits"] as unknown[] : [];
    const changes = edits.filter((edit): edit is Input =>
      edit !== null && typeof edit === "object"
    );
    return { ...EDIT.detail(input), text: changes.map(change).join("\n…\n") };
  },
};

const WRITE: Shape = {
  keys: ["file_path", "content"],
  detail: (input) => ({
    path: word(input, "file_path"),
    text: word(input, "content"),
    language: languageOf(word(input, "file_path")),
    file: nameOf(input),
  }),
};

const NOTEBOOK: Shape = {
  keys: ["notebook_path", "new_source"],
  detail: (input) => ({
    path: word(input, "notebook_path"),
    text: word(input, "new_source"),
    language: "python",
    file: "cell.py",
  }),
};

/** A skill runs commands of its own text, so that belongs to the request. */
const SKILL: Shape = {
  keys: ["skill", "args"],
  detail: (input) => ({
    path: `${word(input, "skill")} ${word(input, "args")}`.trimEnd(),
    about: "What this skill says and runs cannot be read from here.",
    file: "SKILL.md",
  }),
};

const SHAPES: Readonly<Record<string, Shape>> = {
  Bash: BASH,
  Edit: EDIT,
  MultiEdit: MULTI_EDIT,
  Write: WRITE,
  NotebookEdit: NOTEBOOK,
  Skill: SKILL,
};

/** A tool call as a person reads it; `before` is the file that it is about, where that was read. */
export function detailOf(tool: string, input: Input, before: string | null = null): Detail {
  const nothing = { path: "", about: "", text: "", language: "", file: "input.txt", rest: "" };
  const shape = Object.hasOwn(SHAPES, tool) ? SHAPES[tool] : undefined;
  if (shape === undefined) return { ...nothing, text: readable(input) };
  const rest = Object.entries(input).filter(([key, value]) =>
    !shape.keys.includes(key) && value !== false && value !== null
  );
  const detail = { ...nothing, ...shape.detail(input), rest: readable(Object.fromEntries(rest)) };
  if (before === null) return detail;
  if (tool !== "Skill") return { ...detail, ...rewriting(input, before) };
  return { ...detail, about: "The skill, with the commands that it runs:", text: before };
}

/** A file that is written anew, as the change that it is. */
const rewriting = (input: Input, before: string) => ({
  text: lineDiff(before, word(input, "content")),
  language: "diff",
  file: `${nameOf(input)}.diff`,
});

const nameOf = (input: Input) => basename(word(input, "file_path")) || "file.txt";

const LANGUAGES: Readonly<Record<string, string>> = {
  ...{ ts: "typescript", js: "javascript", py: "python", sh: "bash", rs: "rust", go: "go" },
  ...{ json: "json", yaml: "yaml", yml: "yaml", toml: "toml", md: "markdown", html: "html" },
  ...{ css: "css", sql: "sql", xml: "xml", c: "c", h: "c", cpp: "cpp", java: "java", rb: "ruby" },
};

function languageOf(path: string): string {
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(LANGUAGES, ending) ? LANGUAGES[ending]! : "";
}
