import type { SessionChanges, SessionOffer } from "../journal/mod.ts";
import { type Edit, findEdit } from "./edits.ts";
import type { Metadata } from "./metadata.ts";
import type { SessionStore } from "./store.ts";

/** What a session's files say and its record does not; null when that is nothing. */
export async function lookAt(store: SessionStore, name: string): Promise<Edit | null> {
  const { records } = store.options;
  return await store.hold(name, async () => {
    const record = await store.known.of(name);
    const edit = await findEdit(record, store.options);
    if (edit === null) {
      if (records.offers.open(name)) records.offers.outdate(name);
      await store.show(record, "all");
    }
    return edit;
  });
}

/**
 * Takes what an offer showed, or leaves it; the files then show what holds.
 * @returns null when it was decided before.
 */
export async function decideOn(
  store: SessionStore,
  { id, session, edit }: SessionOffer,
  use: boolean,
): Promise<Metadata | null> {
  const found: Edit = JSON.parse(edit);
  return await store.hold(session, async () => {
    await store.changeable(session);
    const taken = use ? await changesOf(store, found) : {};
    const changes = { ...taken, ...found.seen };
    const record = store.options.records.decide(id, use ? "used" : "kept", changes);
    return record && await store.show(record, "odd");
  });
}

async function changesOf(store: SessionStore, { changes, persona }: Edit): Promise<SessionChanges> {
  const fields = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
  const { persona: id } = fields;
  const { library } = store.options;
  const granted = persona?.after ??
    (id === undefined || id === null ? null : await library.load(`${id}`));
  return { ...fields, ...(granted === null ? {} : { granted: JSON.stringify(granted) }) };
}
