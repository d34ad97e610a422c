import type { StatusReport } from "../../context.ts";
import { bold, concat } from "../../text/formatted.ts";

/** Directories that the settings trust whatever they bring, and why nothing else can be. */
export const TRUSTED: StatusReport = {
  title: "Trust",
  async lines({ trust, sessions }) {
    const all = (await sessions.list()).sessions.map(({ name }) => name);
    const always: string[] = [];
    for (const name of all) if (await trust.isAlways(name)) always.push(name);
    return always.map((name) =>
      concat(
        "⚠️ ",
        bold(name),
        ": what its directory brings is always used (projects in the settings)",
      )
    );
  },
};
