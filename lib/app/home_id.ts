import { logger } from "../log/mod.ts";

const log = logger("app");

/** The journal's facts, as far as they are needed here. */
interface Facts {
  fact(name: string, make: () => string): string;
}

/** The id of a home as an earlier run left it beside the journal; null when there is none. */
export async function readHomeId(path: string): Promise<string | null> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warn("Cannot read the home id: {error}", { error });
    }
    return "";
  });
  return /^[\w-]{1,64}$/.test(text.trim()) ? text.trim() : null;
}

/**
 * Has the id in the journal and beside it: it is what orphaned processes are known by, also when
 * the journal is damaged.
 */
export async function keepHomeId(
  path: string,
  known: string | null,
  journal: Facts,
): Promise<void> {
  const homeId = journal.fact("mark", () => known ?? crypto.randomUUID());
  if (homeId === known) return;
  const fresh = `${path}.new`; // A crash leaves the old one or the new one whole.
  await Deno.writeTextFile(fresh, `${homeId}\n`, { mode: 0o600 });
  await Deno.rename(fresh, path);
}
