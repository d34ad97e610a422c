import type { Bytes } from "../safe_file.ts";
import { sha256, textOf } from "./files.ts";
import { type Brought, HEADINGS, type Kind, type Thing } from "./thing.ts";

/** Everything that a directory brings, as text, with the contents of its files. */
export async function shownText(
  brought: Pick<Brought, "things" | "leftOut" | "git" | "files">,
): Promise<string> {
  const contents = await Promise.all(
    [...brought.files].map(async ([path, bytes]) => await contentOf(path, bytes)),
  );
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
async function contentOf(path: string, bytes: Bytes): Promise<string> {
  const text = textOf(bytes);
  if (text === null) {
    return `──── ${path}\n(no text: ${bytes.length} bytes, SHA-256 ${await sha256(bytes)})`;
  }
  const lines = text.replace(/\n$/, "").split("\n").map((line) => `│ ${line}`);
  return [`──── ${path}`, ...lines].join("\n");
}
