import { MetadataError, type Repaired, repairMetadata } from "../sessions/mod.ts";
import type { Command } from "./commands.ts";
import { bold, code, concat, type FormattedText, lines } from "./formatted.ts";

export const REPAIR: Command = {
  name: "repair",
  description: "Mend a session that cannot be read: /repair <name>",
  usage: "/repair <name>",
  repeatable: true,
  async run({ sessions, journal, clock }, _asker, name) {
    if (name === "") return { text: concat("Usage: ", code("/repair <name>")) };
    try {
      await sessions.get(name);
      return { text: concat(bold(name), " can be read: there is nothing to mend.") };
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
    }
    const now = new Date(clock.now());
    // Heard from Claude Code while the file could not be written.
    const noted = journal.conversationIds.all().find((each) => each.session === name)?.id ?? null;
    const repaired = await repairMetadata(await sessions.dir(name), name, now, noted);
    if (noted !== null) journal.conversationIds.written(name, noted);
    const { metadata, lost, kept } = repaired;
    return {
      text: lines(
        concat(bold(name), ` · ${metadata.persona} is mended.`),
        lost.length === 0 ? "All of it could be read." : `As in a new session: ${lost.join(", ")}.`,
        conversationOf(repaired),
        ...(kept === null ? [] : [concat("The damaged file lies beside it as ", code(kept), ".")]),
      ),
    };
  },
};

function conversationOf({ metadata, original }: Repaired): FormattedText {
  if (metadata.claude_session_id !== null) return concat("Its conversation goes on.");
  return original === null
    ? concat("Its conversation could not be found: the next message begins a new one.")
    : concat(
      "It is a copy of ",
      bold(original),
      ": the next message begins a conversation of its own.",
    );
}
