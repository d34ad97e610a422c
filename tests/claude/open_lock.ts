import type { Looked } from "../../lib/app/guards.ts";
import type { Lock } from "../../lib/claude/lock.ts";

/** A lock that was proved long ago; nothing of it is looked at. */
export const openLock = (): Lock => ({
  configRoot: () => Promise.resolve("/home/trust/empty"),
  missing: null,
  begin: () => {},
  close: () => Promise.resolve(),
});

/** A directory in which there is nothing to be careful about. */
export const nothingFound = (): Promise<Looked> =>
  Promise.resolve({ git: [], memory: { excludes: [], links: [], tooLarge: false } });
