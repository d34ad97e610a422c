import { MetadataError, repairMetadata } from "../sessions/mod.ts";
import type { Command } from "./commands.ts";
import { bold, code, concat, lines } from "./formatted.ts";

export const REPAIR: Command = {
  name: "repair",
  description: "Mend a session that cannot be read: /repair <name>",
  usage: "/repair <name>",
  repeatable: true,
  async run({ sessions, clock }, _asker, name) {
    if (name === "") return { text: concat("Usage: ", code("/repair <name>")) };
    try {
      await sessions.get(name);
      return { text: concat(bold(name), " can be read: there is nothing to mend.") };
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
    }
    const now = new Date(clock.now());
    const { metadata, lost, kept } = await repairMetadata(await sessions.dir(name), name, now);
    const { claude_session_id: conversation, persona } = metadata;
    return {
      text: lines(
        concat(bold(name), ` · ${persona} is mended.`),
        lost.length === 0 ? "All of it could be read." : `As in a new session: ${lost.join(", ")}.`,
        conversation === null
          ? "Its conversation could not be found: the next message begins a new one."
          : "Its conversation goes on.",
        ...(kept === null ? [] : [concat("The damaged file lies beside it as ", code(kept), ".")]),
      ),
    };
  },
};
