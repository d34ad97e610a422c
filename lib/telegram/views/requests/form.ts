import type { InlineKeyboardButton } from "grammy/types";
import type { Form } from "../../../claude/events.ts";
import { button } from "../../buttons.ts";
import { escapeText } from "../../text/escape.ts";
import { bold, concat, type FormattedText, italic, lines } from "../../text/formatted.ts";
import { escapedCut } from "../../text/excerpt.ts";

/** Where texts of a form are cut: with a question they fit into a message. */
const CUT = { server: 80, message: 700, url: 1_200 } as const;

/** Who asks, what for, and the address that is to be opened, whole: it says where it leads. */
export function formHead({ server, message, url }: Form): FormattedText[] {
  const head = [
    italic(`The MCP server '${escapedCut(server, CUT.server)}' asks this, not Claude.`),
    lines(escapedCut(message, CUT.message)),
  ];
  if (url === null) return head;
  const isCut = escapeText(url).length > CUT.url;
  return [
    ...head,
    lines(""),
    concat("Open this address, which is on ", bold(hostOf(url)), ", then tap Done:"),
    lines(isCut ? "It is too long for a message: see the document below." : escapeText(url)),
  ];
}

/** True when a message cannot hold it. */
export const needsDocument = ({ message, url }: Form): boolean =>
  escapeText(message).length > CUT.message || escapeText(url ?? "").length > CUT.url;

/** What can be done besides answering: leave a field out, decline, or close it undecided. */
export function formTaps({ fields }: Form, at: number, request: number): InlineKeyboardButton[][] {
  const field = fields[at];
  const mayGo = field !== undefined && !field.required;
  return [
    mayGo ? [button("Leave it out", { do: "request.skip", request, question: at })] : [],
    [
      button("Decline", { do: "request.decline", request }),
      button("Cancel", { do: "request.dismiss", request }),
    ],
  ];
}

/** As a browser goes there: what only looks like another name is seen to be odd. */
function hostOf(url: string): string {
  return URL.canParse(url) ? escapedCut(new URL(url).host, 200) : "a host that cannot be read";
}
