import { callsOf } from "./calls.ts";
import { type DirectoryFiles, textOf } from "./files.ts";
import { type Findings, type Kind, thing } from "./thing.ts";

/** Texts that Claude Code offers or obeys, one file each. */
const FOLDERS: readonly (readonly [folder: string, kind: Kind])[] = [
  [".claude/commands", "command"],
  [".claude/agents", "agent"],
  [".claude/output-styles", "style"],
];

/** Skills (a folder each), commands, agents and output styles. */
export async function textThings(files: DirectoryFiles, found: Findings): Promise<void> {
  const skills = Map.groupBy(
    await files.below(".claude/skills"),
    (path) => path.split("/")[2] ?? "",
  );
  for (const [name, paths] of skills) await textThing("skill", name, paths, files, found);
  for (const [folder, kind] of FOLDERS) {
    for (const path of await files.below(folder)) {
      const name = path.slice(folder.length + 1);
      if (name.endsWith(".md")) await textThing(kind, name.slice(0, -3), [path], files, found);
      else found.leftOut.push({ what: path, why: "Claude Code reads only .md files there" });
    }
  }
}

async function textThing(
  kind: Kind,
  title: string,
  paths: readonly string[],
  files: DirectoryFiles,
  { things, leftOut }: Findings,
): Promise<void> {
  const loose: string[] = [];
  const allowed: string[] = [];
  for (const path of paths) {
    const bytes = await files.bytes(path);
    const text = bytes === null ? null : textOf(bytes);
    if (text === null || !path.endsWith(".md")) continue;
    const head = frontmatterOf(text);
    const why = head === null ? NOT_PLAIN : troubleIn(head);
    if (why !== null) {
      leftOut.push({ what: path, why });
      return;
    }
    allowed.push(...linesOf(head ?? "", "allowed-?tools"));
    for (const command of shellIn(text)) {
      const calls = await callsOf(command, files);
      loose.push(...calls.files.map((file) => `calls ${file}`), ...calls.loose);
    }
  }
  const count = paths.length === 1 ? "" : `${paths.length} files`;
  const unasked = allowed.length === 0 ? "" : `without asking: ${allowed.join(", ")}`;
  const words = [count, unasked].filter((each) => each !== "").join("; ");
  const calls = { files: [], loose: [...new Set(loose)] };
  things.push(thing(kind, title, words, { to: "files", paths }, calls));
}

/** The head of a text, in lines of plain keys; null when it is written in another way. */
function frontmatterOf(text: string): string | null {
  if (!/^\s*---/.test(text)) return "";
  const [, head] = /^\uFEFF?---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/.exec(text) ??
    [null];
  const lines = (head ?? "").split(/\r\n|[\n\r\u0085\u2028\u2029]/);
  // With its first key at the margin, all keys of the head are there.
  const first = lines.find((line) => !/^\s*(?:#|$)/.test(line)) ?? "a";
  const isPlain = head !== null && /^[A-Za-z]/.test(first) &&
    lines.every((line) =>
      line.trim() === "" || /^(?:[A-Za-z][\w-]*[ \t]*:(?:\s|$)|[ \t]|-|#)/.test(line)
    ) && !lines.some((line) => line.includes("---"));
  return isPlain ? head ?? "" : null;
}

const NOT_PLAIN = "its head is not in plain lines";

function troubleIn(head: string): string | null {
  if (/^[ \t]*(?:hooks|mcpServers)[ \t]*:/im.test(head)) {
    return "it brings hooks or servers of its own";
  }
  return /^[ \t]*permission-?mode[ \t]*:/im.test(head)
    ? "it brings a permission mode of its own"
    : null;
}

/** The values of a key of a frontmatter: on its line, and as a list below it. */
function linesOf(head: string, key: string): string[] {
  const [, line = "", list = ""] =
    new RegExp(`^${key}[ \\t]*:[ \\t]*(.*)$((?:\\n[ \\t]+.*|\\n-.*)*)`, "im").exec(head) ?? [];
  const below = list.split("\n").map((each) => each.replace(/^\s*-?\s*/, ""));
  return [line, ...below].map((each) => each.trim()).filter((each) => each !== "");
}

/** What a text has run in a shell before Claude reads it: `` !`…` `` and blocks that begin with ```!. */
function shellIn(text: string): string[] {
  const inline = [...text.matchAll(/!`([^`]+)`/g)].map(([, command]) => command ?? "");
  const blocks = [...text.matchAll(/^```![ \t]*\n([\s\S]*?)\n```/gm)].map(([, command]) =>
    command ?? ""
  );
  return [...inline, ...blocks].map((command) =>
    command.replaceAll(/\$\{?CLAUDE_SKILL_DIR\}?\/?/g, "/skill/").replaceAll(
      /\$ARGUMENTS|\$\d/g,
      "",
    )
  );
}
