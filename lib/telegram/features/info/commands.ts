import type { InitializeInfo } from "../../../claude/events.ts";
import { cut, oneLine } from "../../../text.ts";
import type { Command } from "../../context.ts";
import {
  bold,
  code,
  concat,
  expandable,
  type FormattedText,
  italic,
  lines,
} from "../../text/formatted.ts";
import { inSession } from "../in_session.ts";

/** A description beyond that is for Claude, not for a phone. */
const DESCRIPTION = 90;
/** From so many on, the list folds. */
const FOLD_FROM = 12;

/** The first sentence, cut where it is long. */
function brief(description: string): string {
  const line = oneLine(description, Infinity);
  return cut(/^.*?[.!?](?= |$)/.exec(line)?.[0] ?? line, DESCRIPTION);
}

/** The commands of the running CLI, one line each. */
export function commandList(session: string, { commands }: InitializeInfo): FormattedText {
  const rows = [...commands]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ name, hint, description }) =>
      concat(code(`/${name}`), hint === "" ? "" : ` ${hint}`, ` – ${brief(description)}`)
    );
  const list = lines(...rows);
  return lines(
    concat("Claude Code's own commands in ", bold(session), ":"),
    rows.length >= FOLD_FROM ? expandable(list) : list,
    italic("Send one as it is. /help lists those of Switchboard."),
  );
}

export const LIST_COMMANDS: Command = {
  name: "commands",
  description: "Claude Code's own commands and skills",
  repeatable: true,
  run: inSession(async ({ claude }, _asker, session) => {
    await claude.start(session);
    const info = claude.initializeInfo(session);
    if (info === undefined || info.commands.length === 0) {
      return { text: lines("Claude Code named no commands.") };
    }
    return { text: commandList(session, info) };
  }),
};
