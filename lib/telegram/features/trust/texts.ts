import {
  type Brought,
  countUsed,
  type Extent,
  isNothing,
  listText,
  type TrustView,
  usedBy,
} from "../../../sessions/mod.ts";
import { when } from "../words.ts";
import {
  bold,
  concat,
  type FormattedText,
  italic,
  lines,
  type Part,
  pre,
} from "../../text/formatted.ts";

/** What is longer is shown as a document; the message then has its beginning. */
const LONGEST_LIST = 2_800;

export const HEAD = "This directory brings things that run by themselves";

/** True when the message alone does not show all of it. */
export const needsDocument = (brought: Brought): boolean =>
  brought.files.size > 0 || listText(brought).length > LONGEST_LIST;

/** The labels of what may be tapped. */
export const LABELS = {
  use: "Use these, as shown",
  more: "Use, and what it calls may change",
} as const;

/** Which of the two may be tapped now. */
export function offered({ brought, row }: TrustView, unavailable: string | null) {
  const same = row?.digest === brought.digest;
  const [shown, more] = [countUsed(brought, "shown"), countUsed(brought, "mayChange")];
  const any = unavailable === null && row?.extent !== "always";
  return {
    use: any && shown > 0 && !(same && row?.extent === "shown"),
    more: any && more > shown && !(same && row?.extent === "mayChange"),
  };
}

/** What a directory brings, with what of it is used. */
export function viewText(
  session: string,
  view: TrustView,
  unavailable: string | null,
  now: number,
): FormattedText {
  const { brought, row } = view;
  if (isNothing(brought) && row === null) {
    return lines(
      concat("Nothing in the directory of ", bold(session), " runs by itself."),
      italic("CLAUDE.md is text, and is always read."),
    );
  }
  const list = listText(brought);
  return lines(
    concat(bold(isNothing(brought) ? "This directory brings nothing any more" : HEAD)),
    concat(bold(session), " · ", stateOf(view, unavailable, now)),
    ...sections(list.length > LONGEST_LIST ? beginning(list) : list),
    ...(needsDocument(brought)
      ? ["", italic("The document above has all of it, with what is in the files.")]
      : []),
    ...(row === null && unavailable === null ? ["", italic(MEANING)] : []),
    ...(brought.things.some(({ loose }) => loose.length > 0)
      ? ["", italic(mayChange(offered(view, unavailable)))]
      : []),
  );
}

const MEANING =
  "What you use runs without asking, as at a terminal where you said that you trust the folder. " +
  "What changes later has no effect until you have seen it.";

const mayChange = ({ use, more }: ReturnType<typeof offered>): string =>
  "⚠️ Some of it calls more than I can compare with what you see here." +
  (use ? ` “${LABELS.use}” leaves it out.` : "") +
  (more ? ` “${LABELS.more}” uses it too.` : "");

function stateOf({ brought, row }: TrustView, unavailable: string | null, now: number): string {
  if (unavailable !== null) {
    return `none of it has any effect, and none can be used: ${unavailable}.`;
  }
  if (row === null) return "none of it has any effect now.";
  if (row.extent === "always") return "all of it is used, as the settings say.";
  const how = row.extent === "mayChange" ? "used, also what may change" : "used as shown";
  const said = `you said so ${when(row.at, now)}`;
  const less = unusedOf(brought, row.extent).length > 0 ? ", without what may change" : "";
  return row.digest === brought.digest
    ? `${how}${less}; ${said}.`
    : `it has changed since; what was shown before is ${how}, ${said}.`;
}

/** What an extent leaves out of what could be used. */
function unusedOf({ things }: Brought, extent: Extent) {
  const used = usedBy(things, extent);
  return things.filter((each) => !used.includes(each));
}

/** What is used from now on, in the place of what was offered. `from` says from when. */
export function usedText(
  session: string,
  brought: Brought,
  extent: "shown" | "mayChange",
  from: string,
): FormattedText {
  const what = extent === "shown" ? "is used as shown" : "is used, and what it calls may change";
  const unused = unusedOf(brought, extent);
  const used = listText({ ...brought, things: usedBy(brought.things, extent) });
  return lines(
    concat(bold(session), ` · what its directory brings ${what}.`),
    from,
    "/trust shows it and takes it back.",
    pre(cutTo(unused.length > 0 ? 1_600 : 2_500, used)),
    ...(unused.length > 0
      ? [
        "Not used, since what it calls may change:",
        pre(cutTo(900, listText({ things: unused, leftOut: [], git: [] }))),
      ]
      : []),
  );
}

const cutTo = (length: number, text: string) => text.slice(0, length).toWellFormed();

/** A list with its headings in bold; everything that others wrote stands in blocks of code. */
function sections(list: string): Part[] {
  if (list === "") return [];
  return list.split("\n\n").flatMap((section) => {
    const [heading = "", ...rest] = section.split("\n");
    return ["", bold(heading), pre(rest.join("\n"))];
  });
}

/** The beginning of a long list, cut between two lines. */
function beginning(list: string): string {
  const head = list.slice(0, LONGEST_LIST).toWellFormed();
  return `${head.slice(0, head.lastIndexOf("\n"))}\n…`;
}
