import type { PermissionAsk } from "../../claude/events.ts";
import { button } from "../buttons.ts";
import type { Document } from "../document.ts";
import { bold, code, concat, italic, lines, pre } from "../text/formatted.ts";
import { fitsMessage } from "../grants/words.ts";
import { type Detail, detailOf } from "./detail.ts";
import { excerpt, fits, moreAbove, short } from "../text/excerpt.ts";
import type { Shown } from "./shown.ts";

/** Longer ones are in the document whole. */
const PATH = 500;
const REST = 300;

/** What Claude wants to do: in one line, then the command or the change, then what a tap means. */
export function permissionShown(session: string, ask: PermissionAsk, id: number): Shown {
  const detail = detailOf(ask.tool, ask.input, ask.before);
  const { head, hidden } = excerpt(detail.text);
  const document = documentOf(detail, hidden > 0);
  const line = (text: string, part: Parameters<typeof lines>[0]) => text === "" ? [] : [part];
  const text = lines(
    concat(bold(`${session} asks: `), ask.summary),
    ...line(detail.path, code(short(detail.path, PATH))),
    ...line(detail.about, italic(short(detail.about, 300))),
    ...line(head, lines("", pre(head, detail.language))),
    ...(document === null ? [] : [italic(moreAbove(Math.max(1, hidden)))]),
    ...line(detail.rest, short(detail.rest, REST)),
    ...(ask.subagent ? [italic("A subagent of Claude's wants to.")] : []),
    ...(ask.reason === null ? [] : [italic(short(ask.reason, 300))]),
  );
  return { text, rows: buttons(ask, id), document };
}

/** What the message cannot hold, whole; null when it holds everything. */
function documentOf({ path, text, rest, file }: Detail, cut: boolean): Document | null {
  const beside = !fits(path, PATH) || !fits(rest, REST);
  if (beside) return { name: file, text: [path, text, rest].filter(Boolean).join("\n\n") };
  return cut ? { name: file, text } : null;
}

function buttons(ask: PermissionAsk, id: number) {
  const tap = (label: string, act: "allow" | "deny" | "why" | "consider") =>
    button(label, { do: `request.${act}`, request: id });
  const lasting = ask.grantable !== null && fitsMessage(ask.grantable);
  return [
    [tap("Allow once", "allow"), tap("Deny", "deny")],
    [
      tap("Deny, with a reason", "why"),
      ...(lasting ? [tap("Allow from now on…", "consider")] : []),
    ],
  ];
}
