import type { PermissionRequest } from "../../../claude/events.ts";
import { button } from "../../buttons.ts";
import type { Document } from "../../api/uploads.ts";
import { bold, code, concat, italic, lines, pre } from "../../text/formatted.ts";
import { fitsMessage } from "./grant_words.ts";
import { type Detail, detailOf } from "./detail.ts";
import { excerpt, fits, moreAbove, short } from "../../text/excerpt.ts";
import type { Shown } from "./detail.ts";

/** Longer ones are in the document whole. */
const PATH = 500;
const REST = 300;

/** What Claude wants to do: in one line, then the command or the change, then what a tap means. */
export function permissionShown(session: string, request: PermissionRequest, id: number): Shown {
  const detail = detailOf(request.tool, request.input, request.before);
  const { head, hidden } = excerpt(detail.text);
  const document = documentOf(detail, hidden > 0);
  const line = (text: string, part: Parameters<typeof lines>[0]) => text === "" ? [] : [part];
  const text = lines(
    concat(bold(`${session} asks: `), request.summary),
    ...line(detail.path, code(short(detail.path, PATH))),
    ...line(detail.about, italic(short(detail.about, 300))),
    ...line(head, lines("", pre(head, detail.language))),
    ...(document === null ? [] : [italic(moreAbove(Math.max(1, hidden)))]),
    ...line(detail.rest, short(detail.rest, REST)),
    ...(request.subagent ? [italic("A subagent of Claude's wants to.")] : []),
    ...(request.reason === null ? [] : [italic(short(request.reason, 300))]),
  );
  return { text, rows: buttons(request, id), document };
}

/** What the message cannot hold, whole; null when it holds everything. */
function documentOf({ path, text, rest, file }: Detail, cut: boolean): Document | null {
  const beside = !fits(path, PATH) || !fits(rest, REST);
  if (beside) return { name: file, text: [path, text, rest].filter(Boolean).join("\n\n") };
  return cut ? { name: file, text } : null;
}

function buttons(request: PermissionRequest, id: number) {
  const tap = (label: string, act: "allow" | "deny" | "why" | "consider") =>
    button(label, { do: `request.${act}`, request: id });
  const lasting = request.grantable !== null && fitsMessage(request.grantable);
  return [
    [tap("Allow once", "allow"), tap("Deny", "deny")],
    [
      tap("Deny, with a reason", "why"),
      ...(lasting ? [tap("Allow from now on…", "consider")] : []),
    ],
  ];
}
