import type { Asker, Command, Context, Reply } from "../context.ts";
import { code, concat } from "../text/formatted.ts";

/** The work of a command that concerns a session. */
type InSession = (
  context: Context,
  asker: Asker,
  session: string,
  args: string,
) => Promise<Reply>;

/** Runs in the current session of the place, or says that there is none. */
export const inSession = (run: InSession): Command["run"] => async (context, asker, args) => {
  const session = await context.sessions.active(asker.place);
  if (session !== null) return await run(context, asker, session, args);
  const text = concat("There is no session here yet: ", code("/new <name>"), " makes one.");
  return { text };
};
