import { type Metadata, MetadataError, repairMetadata } from "../../../sessions/mod.ts";
import type { Command } from "../../context.ts";
import { bold, code, concat, type FormattedText, lines } from "../../text/formatted.ts";

export const REPAIR: Command = {
  name: "repair",
  description: "Mend a session that cannot be read: /repair <name>",
  usage: "/repair <name>",
  repeatable: true,
  async run({ sessions, journal, clock }, _asker, name) {
    if (name === "") return { text: concat("Usage: ", code("/repair <name>")) };
    try {
      await sessions.refresh(name);
      return { text: concat(bold(name), " can be read: there is nothing to mend.") };
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
    }
    const now = new Date(clock.now());
    const noted = journal.sessions.noted(name);
    const repaired = await repairMetadata(await sessions.dir(name), name, now, noted);
    const metadata = await sessions.get(name);
    const { lost, original, kept } = repaired;
    return {
      text: lines(
        concat(bold(name), ` · ${metadata.persona} is mended.`),
        lost.length === 0 ? "All of it could be read." : `As in a new session: ${lost.join(", ")}.`,
        conversationOf(metadata, original),
        ...(kept === null ? [] : [concat("The damaged file lies beside it as ", code(kept), ".")]),
      ),
    };
  },
};

function conversationOf(
  { claude_session_id: id }: Metadata,
  original: string | null,
): FormattedText {
  if (id !== null) return concat("Its conversation goes on.");
  return original === null
    ? concat("Its conversation could not be found: the next message begins a new one.")
    : concat(
      "It is a copy of ",
      bold(original),
      ": the next message begins a conversation of its own.",
    );
}
