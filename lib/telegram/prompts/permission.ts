import type { PermissionAsk } from "../../claude/events.ts";
import { button } from "../buttons.ts";
import { bold, code, concat, italic, lines, pre } from "../formatted.ts";
import { detailOf } from "./detail.ts";
import { excerpt, moreBelow, short } from "./excerpt.ts";
import type { PlainAct } from "./action.ts";
import type { Shown } from "./shown.ts";

/** What Claude wants to do: in one line, then the command or the change, then what a tap means. */
export function permissionShown(session: string, ask: PermissionAsk, id: number): Shown {
  const detail = detailOf(ask.tool, ask.input, ask.before);
  const { head, hidden } = excerpt(detail.text);
  const line = (text: string, part: Parameters<typeof lines>[0]) => text === "" ? [] : [part];
  const text = lines(
    concat(bold(`${session} asks: `), ask.summary),
    ...line(detail.path, code(short(detail.path, 500))),
    ...line(detail.about, italic(short(detail.about, 300))),
    ...line(head, lines("", pre(head, detail.language))),
    ...(hidden === 0 ? [] : [italic(moreBelow(hidden))]),
    ...line(detail.rest, short(detail.rest, 300)),
    ...(ask.subagent ? [italic("A subagent of Claude's wants to.")] : []),
    ...(ask.reason === null ? [] : [italic(short(ask.reason, 300))]),
    ...(ask.forSession === null
      ? []
      : ["", concat(italic("For this session: "), code(ask.forSession))]),
  );
  const document = hidden === 0 ? null : { name: detail.file, text: detail.text };
  return { text, rows: buttons(ask, id), document };
}

function buttons(ask: PermissionAsk, id: number) {
  const tap = (label: string, act: PlainAct) => button(label, { do: "prompt", prompt: id, act });
  return [
    [tap("Allow once", "allow"), tap("Deny", "deny")],
    ask.forSession === null ? [] : [tap("Allow for this session", "session")],
    [tap("Deny and say why", "why")],
  ];
}
