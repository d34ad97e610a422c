import { type Bytes, digestOf } from "../safe_file.ts";
import { DirectoryFiles, textOf } from "./files.ts";
import { type Closed, withinReach } from "./reach.ts";
import { serverThings, settingsThings } from "./settings_things.ts";
import { textThings } from "./text_things.ts";
import {
  type Brought,
  type Findings,
  HEADINGS,
  isObject,
  type JsonObject,
  type Kind,
  type Thing,
} from "./thing.ts";

/** True when there is anything to be said. */
export const isNothing = ({ things, leftOut, git }: Pick<Brought, "things" | "leftOut" | "git">) =>
  things.length + leftOut.length + git.length === 0;

/** Settings in the order in which the later one counts more. */
const SETTINGS = [".claude/settings.json", ".claude/settings.local.json"];
const SERVERS = ".mcp.json";

/** What would start something by itself at a terminal, and never does here. */
const NEVER = [
  ...[".claude/scheduled_tasks.json", ".claude/loop.md", ".claude/launch.json"],
  ...[".claude/routines", ".claude/workflows", ".claude/plugins"],
];

/**
 * Looks through a directory. Links are never followed, and nothing is run.
 * @param git what of its `.git/config` is not harmless.
 * @param closed where nothing of it may reach.
 * @throws {UnreadableError} when it is more than can be shown, or changes meanwhile.
 */
export async function broughtBy(
  directory: string,
  git: readonly string[],
  closed: Closed,
): Promise<Brought> {
  const files = await DirectoryFiles.of(directory);
  const found: Findings = { things: [], leftOut: [] };
  for (const path of SETTINGS) {
    const settings = await objectIn(path, files, found);
    if (settings !== null) await settingsThings(path, settings, files, found);
  }
  const servers = await objectIn(SERVERS, files, found);
  if (servers !== null) await serverThings(servers, files, found);
  await textThings(files, found);
  for (const path of NEVER) {
    if (await files.kind(path) === null) continue;
    found.leftOut.push({ what: path, why: "nothing is started from there" });
  }
  for (const what of files.skipped) {
    found.leftOut.push({ what, why: "it is a link or no regular file" });
  }
  return await put(await withinReach(found, files.root, closed), git, files);
}

async function put(
  { things, leftOut }: Findings,
  git: readonly string[],
  files: DirectoryFiles,
): Promise<Brought> {
  const kinds = Object.keys(HEADINGS);
  const sorted = things.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  const contents = new Map<string, Bytes>();
  for (const path of new Set(sorted.flatMap(pathsOf))) {
    contents.set(path, await files.bytes(path) ?? new Uint8Array());
  }
  const whole = { root: files.root, things: sorted, leftOut, git, files: contents };
  const text = shownText(whole);
  const digests = [...contents].map(([path, bytes]) => [path, digestOf(bytes)]);
  // Secrets are in the things, though not in the text.
  const digest = digestOf(JSON.stringify([text, sorted, leftOut, git, digests]));
  return { ...whole, text, digest };
}

const pathsOf = ({ calls, part }: Thing): readonly string[] =>
  part.to === "files" ? part.paths : calls;

/** The object that a file holds; what the CLI may read in another way does not count at all. */
async function objectIn(
  path: string,
  files: DirectoryFiles,
  { leftOut }: Findings,
): Promise<JsonObject | null> {
  const bytes = await files.bytes(path);
  if (bytes === null) return null;
  const value = parsed(textOf(bytes)?.replace(/^\uFEFF/, ""));
  if (isObject(value)) return value;
  leftOut.push({ what: path, why: "it is not plain JSON" });
  return null;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Everything that a directory brings, as text, with the contents of its files. */
function shownText(brought: Pick<Brought, "things" | "leftOut" | "git" | "files">): string {
  const contents = [...brought.files].map(([path, bytes]) => contentOf(path, bytes));
  return [listText(brought), ...contents].join("\n\n") + "\n";
}

/** What a directory brings, without the contents of its files. */
export function listText(
  { things, leftOut, git }: Pick<Brought, "things" | "leftOut" | "git">,
): string {
  const sections = (Object.keys(HEADINGS) as Kind[]).flatMap((kind) => {
    const inIt = things.filter((each) => each.kind === kind);
    return inIt.length === 0 ? [] : [[HEADINGS[kind], ...inIt.flatMap(linesOf)].join("\n")];
  });
  if (git.length > 0) {
    sections.push(
      ["Lines of .git/config that make git run something", ...git.map(point)].join("\n"),
    );
  }
  if (leftOut.length > 0) {
    const rows = leftOut.map(({ what, why }) => point(`${what} (${why})`));
    sections.push(["Left out, whatever you choose", ...rows].join("\n"));
  }
  return sections.join("\n\n");
}

const point = (text: string) => `• ${indented(text)}`;

/** No line of others' text stands where a heading or a point does. */
const indented = (text: string) => text.replace(/\r\n?|\n/g, "\n    ");

function linesOf({ title, text, calls, loose }: Thing): string[] {
  const colon = title !== "" && text !== "" ? ": " : "";
  return [
    point(`${title}${colon}${text}`),
    ...calls.map((path) => `    calls ${path}`),
    ...loose.map((why) => `    ⚠️ may change: ${indented(why)}`),
  ];
}

/** The content of a file, each line marked as such: it cannot pass for anything else. */
function contentOf(path: string, bytes: Bytes): string {
  const text = textOf(bytes);
  if (text === null) {
    return `──── ${path}\n(no text: ${bytes.length} bytes, SHA-256 ${digestOf(bytes)})`;
  }
  const lines = text.replace(/\n$/, "").split("\n").map((line) => `│ ${line}`);
  return [`──── ${path}`, ...lines].join("\n");
}
