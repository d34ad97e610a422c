import type { SessionChanges, SessionOffer, SessionRecord } from "../journal/mod.ts";
import { PersonaInvalidError, PersonaNotFoundError } from "./errors.ts";
import type { Metadata } from "./metadata.ts";
import { isMode, parsePersona, type Persona, withinRights, writtenPersona } from "./persona.ts";
import { digestOf, UnsafeFileError } from "./safe_file.ts";
import type { SessionStore } from "./store.ts";
import { type Judging, MAY_BE } from "./takeover.ts";
import { personaOf, type SessionSettings, settingsIn, settingsOf, settingsText } from "./views.ts";

const PROBLEM_CHARS = 500;

/** A setting that a session's metadata.json gives another value than the journal. */
export interface SettingChange {
  readonly field: keyof SessionSettings;
  readonly from: string | number | null;
  readonly to: string | number | null;
}

/** What the files of a session say and its record does not. Written by others. */
export interface Edit {
  /** The directory came without a record: from an archive, by hand, or from before a new journal. */
  readonly foreign: boolean;
  readonly changes: readonly SettingChange[];
  /** The persona as it is and as it would be; null where it would not change. */
  readonly persona: { readonly before: Persona; readonly after: Persona } | null;
  /** What persona.json would allow itself beyond the library's persona: never taken. */
  readonly refused: readonly string[];
  /** Why persona.json cannot be used. */
  readonly problem: string | null;
  /** What is no news any more once this was decided. */
  readonly seen: Pick<SessionRecord, "settings_shown" | "persona_shown">;
}

/** True when there is something in an edit that can be taken. */
export const isUsable = ({ changes, persona }: Edit): boolean =>
  changes.length > 0 || persona !== null;

/** What a session's files say and its record does not; null when that is nothing. */
export async function lookAt(store: SessionStore, name: string): Promise<Edit | null> {
  const { records } = store.options;
  return await store.hold(name, async () => {
    const record = await store.known(name);
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

async function findEdit(record: SessionRecord, judging: Judging): Promise<Edit | null> {
  const settings = await changedSettings(record, judging);
  const id = settings.changes.find(({ field }) => field === "persona")?.to ?? record.persona;
  const persona = await changedPersona(record, `${id}`, judging);
  if (settings.changes.length === 0 && persona === null) return null;
  return {
    foreign: record.settings_shown === null || record.persona_shown === null,
    changes: settings.changes,
    persona: persona?.persona ?? null,
    refused: persona?.refused ?? [],
    problem: persona?.problem ?? null,
    seen: {
      settings_shown: settings.text ?? record.settings_shown,
      persona_shown: persona?.digest ?? record.persona_shown,
    },
  };
}

async function changedSettings(record: SessionRecord, judging: Judging) {
  const text = await settingsThere(record.name, judging);
  if (text === null || text === record.settings_shown || text === settingsText(record)) {
    return { text: null, changes: [] };
  }
  const wanted: SessionSettings = JSON.parse(text);
  const { personas } = await judging.library.list();
  const isLibrary = (persona: string) => personas.some(({ id }) => id === persona);
  const { model, effort, output, idle_timeout: idle, permission_mode: mode, persona } = wanted;
  const valid: Readonly<Record<keyof SessionSettings, boolean>> = {
    persona: isLibrary(persona),
    permission_mode: mode === null || isMode(mode, judging.rules),
    model: MAY_BE.model(model),
    effort: MAY_BE.effort(effort),
    output: MAY_BE.output(output),
    idle_timeout: MAY_BE.idle_timeout(idle),
  };
  const fields = Object.keys(settingsOf(record)) as (keyof SessionSettings)[];
  const changes = fields.filter((field) => valid[field] && wanted[field] !== record[field])
    .map((field): SettingChange => ({ field, from: record[field], to: wanted[field] }));
  return { text, changes };
}

/** The settings in metadata.json as one text; null for a file that cannot be meant. */
async function settingsThere(name: string, { directories }: Judging): Promise<string | null> {
  try {
    return settingsIn(await directories.read(name, "metadata.json"), name);
  } catch (error) {
    if (error instanceof UnsafeFileError) return null;
    throw error;
  }
}

/** What became of persona.json. */
interface PersonaEdit extends Pick<Edit, "persona" | "refused" | "problem"> {
  readonly digest: string;
}

/** @param id the library's persona that bounds what it may do unasked. */
async function changedPersona(
  record: SessionRecord,
  id: string,
  judging: Judging,
): Promise<PersonaEdit | null> {
  const before = personaOf(record);
  let digest = "";
  try {
    const text = await judging.directories.read(record.name, "persona.json");
    if (text === null || text === writtenPersona(before)) return null;
    digest = digestOf(text);
    if (digest === record.persona_shown) return null;
    const wanted = parsePersona(text, record.name, "persona.json");
    if (writtenPersona(wanted) === writtenPersona(before)) return null;
    const { persona: after, refused } = withinRights(wanted, await rightsOf(id, judging));
    const isNew = writtenPersona(after) !== writtenPersona(before);
    if (!isNew && refused.length === 0) return null;
    return { persona: isNew ? { before, after } : null, refused, problem: null, digest };
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    return { persona: null, refused: [], problem: problem.slice(0, PROBLEM_CHARS), digest };
  }
}

function problemOf(error: unknown): string | null {
  if (error instanceof PersonaInvalidError) return error.problems.join("; ");
  return error instanceof UnsafeFileError ? error.message : null;
}

async function rightsOf(id: string, { library }: Judging) {
  try {
    return (await library.load(id)).settings;
  } catch (error) {
    const none = error instanceof PersonaNotFoundError || error instanceof PersonaInvalidError;
    if (none) return null;
    throw error;
  }
}
