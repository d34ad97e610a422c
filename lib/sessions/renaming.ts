import type { Rename } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { MetadataError, SessionBusyError } from "./errors.ts";
import type { Metadata } from "./metadata.ts";
import { checkName } from "./directories.ts";
import { UnsafeFileError } from "./safe_file.ts";
import type { SessionStore } from "./store.ts";

/** Has what lies elsewhere under a session's name follow. A failure leaves everything as it was. */
export type Follow = (metadata: Metadata, rename: Rename) => Promise<void>;

/**
 * Gives a session another name: its row with all that is kept for it, its directory, the places where
 * it is current. The row goes first, with a note that the rest follows: after a crash {@linkcode finish}
 * does that, so that the whole session has one name. Places are held meanwhile.
 */
export async function rename(
  store: SessionStore,
  { from, to }: Rename,
  follow: Follow,
): Promise<Metadata> {
  checkName(to);
  const { records, directories } = store.options;
  const session = await store.get(from);
  await directories.refuseTaken(to, from);
  return await store.retiring(from, "renamed", async () => {
    const metadata = await store.hold(from, () => store.metadataOf(session));
    if (metadata.pid !== null) throw new SessionBusyError(from, "has a running process");
    await follow(metadata, { from, to });
    await store.holdPlaces(() =>
      bothHeld(store, { from, to }, async () => {
        await directories.refuseTaken(to, from);
        records.renames.begin({ from, to });
        await finish(store, { from, to });
      })
    );
    return await store.hold(to, async () => await store.show(await store.known(to)));
  });
}

/** Finishes what was cut off. Before anything else is looked at: a row without a directory would go. */
export async function finishRenames(store: SessionStore): Promise<void> {
  for (const rename of store.options.records.renames.open()) await finish(store, rename);
}

/** Has the rest follow the row; if it cannot, all has the old name again. */
async function finish(store: SessionStore, { from, to }: Rename): Promise<void> {
  const { records, directories, current } = store.options;
  if (await directories.exists(to)) {
    // Who has the old name by now has nothing to do with this.
    if (await directories.exists(from)) return records.renames.forget(from);
    await current.rename(from, to);
  } else {
    try {
      await current.rename(from, to);
      await directories.rename(from, to);
    } catch (error) {
      await current.rename(to, from).catch(notMoved);
      records.renames.undo({ from, to });
      throw error;
    }
  }
  await reword(store, { from, to });
  records.renames.end({ from, to });
}

/** The place shows no session then, and the person is asked. */
function notMoved(error: unknown): void {
  logger("sessions").warn("Cannot put back what is current: {error}", { error });
}

/** The name in metadata.json alone: what somebody changed there still waits to be looked at. */
async function reword({ options }: SessionStore, { from, to }: Rename): Promise<void> {
  const { directories } = options;
  try {
    const fields: unknown = JSON.parse(await directories.read(to, "metadata.json") ?? "null");
    if (fields === null || typeof fields !== "object" || Reflect.get(fields, "name") !== from) {
      return;
    }
    const text = JSON.stringify({ ...fields, name: to }, null, 2) + "\n";
    await directories.write(to, "metadata.json", text, false);
  } catch (error) {
    const isOdd = error instanceof SyntaxError || error instanceof UnsafeFileError ||
      error instanceof MetadataError || error instanceof Deno.errors.PermissionDenied;
    if (!isOdd) throw error; // What cannot be read is shown anew, as far as that can be done.
  }
}

/** In the order of their names, so that no two wait for each other. */
async function bothHeld(store: SessionStore, { from, to }: Rename, work: () => Promise<void>) {
  const [first, second] = [from, to].sort() as [string, string];
  await store.hold(first, () => store.hold(second, work));
}
