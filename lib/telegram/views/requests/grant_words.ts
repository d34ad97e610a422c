import type { Grantable } from "../../../claude/events.ts";
import { escapeDeceiving } from "../../text/escape.ts";
import { code, concat, type FormattedText, lines, type Part, pre } from "../../text/formatted.ts";

/** A message takes so much, and the second step has a head and an end beside it. */
const ROOM = 3_500;

/** True when what would be allowed can be shown whole. Else it is not offered. */
export const fitsMessage = (grantable: Grantable): boolean =>
  escapeDeceiving(grantWords(grantable)).text.length <= ROOM;

/** A grant, word for word: when it is asked about, and in the list. */
export function grantWords(grantable: Grantable): FormattedText {
  switch (grantable.kind) {
    case "command":
      return lines(pre(grantable.command, "bash"), "exactly this command. Nothing else.");
    case "edits":
      return grantable.directories.length === 0
        ? lines(
          "every edit of a file in its own directory, below it, and in directories that its persona or /trust adds",
          "(not in .git or .claude there).",
        )
        : inDirectories("every edit of a file in", grantable.directories);
    case "reads":
      return inDirectories("reading every file in", grantable.directories);
    case "host":
      return concat("fetching any page of ", code(grantable.host), ".");
    case "tool":
      return concat("every use of ", code(grantable.tool), ", whatever it is told to do.");
    default:
      return grantable satisfies never;
  }
}

function inDirectories(what: string, directories: readonly string[]): FormattedText {
  const named = directories.flatMap((each, index): Part[] =>
    index === 0 ? [code(each)] : [", which is also ", code(each)]
  );
  return concat(`${what} `, ...named, " (not below it).");
}
