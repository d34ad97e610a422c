import type { SessionRecord, Sessions } from "../journal/mod.ts";
import { readView, type SessionDirectories } from "./directories.ts";
import { MetadataError, PersonaNotFoundError } from "./errors.ts";
import type { PersonaLibrary } from "./library.ts";
import { idsIn, type Metadata, readMetadata } from "./metadata.ts";
import { isEffort, isNarrow, type ModeRules, type Persona, withinRights } from "./persona.ts";
import { UnsafeFileError } from "./safe_file.ts";

const OUTPUTS = ["normal", "verbose", "smart"];
/** As a person can set it in the chat. */
const IDLE_S = { least: 60, most: 120 * 60 };
/** What a model may be called by everybody; another name may be anything, of any price. */
const ALIASES = ["default", "opus", "sonnet", "haiku", "opusplan"];
/** Aliases, dated names and those of other providers (`us.anthropic.claude…:0`, `opus[1m]`). */
const MODEL = /^[\w.:/@[\]-]{1,100}$/;

/** True when a setting may have this value, whoever wants it. */
export const MAY_BE = {
  model: (value: string | null) => value === null || MODEL.test(value),
  effort: (value: string | null) => value === null || isEffort(value),
  output: (value: string) => OUTPUTS.includes(value),
  idle_timeout: (value: number) => value >= IDLE_S.least && value <= IDLE_S.most,
};

/** The measures for directories without a record, and for edits of those that have one. */
export interface Judging {
  /** What the journal knows of sessions. */
  readonly records: Sessions;
  readonly directories: SessionDirectories;
  readonly library: PersonaLibrary;
  readonly now: () => Date;
  /** Of new sessions. */
  readonly idleTimeoutSeconds: number;
  /** What the settings say about permission modes. */
  readonly rules: ModeRules;
}

/** The conversations that the metadata of sessions without a record name, by session. */
export type Claims = ReadonlyMap<string, readonly string[]>;

/** The claims of all directories without a record; one that cannot be read claims nothing. */
export async function claimsOf({ records, directories }: Judging): Promise<Claims> {
  const known = new Set(records.names());
  const claims = new Map<string, readonly string[]>();
  for (const name of await directories.names()) {
    if (known.has(name) || !await directories.exists(name)) continue;
    const read = () => directories.read(name, "metadata.json");
    const text = await textFor(name, read).catch((error) => {
      if (error instanceof MetadataError) return null;
      throw error;
    });
    claims.set(name, idsIn(text ?? ""));
  }
  return claims;
}

/** The record for a session's directory that has none. */
export async function recordInPlace(
  name: string,
  judging: Judging,
  claims: Claims,
): Promise<SessionRecord> {
  const { records, directories } = judging;
  const text = await textFor(name, () => directories.read(name, "metadata.json"));
  const born = await directories.born(name);
  return await recordFrom({ name, text, born, noted: records.noted(name) }, judging, claims);
}

/** The record that a directory which comes from elsewhere gets as this session. */
export async function recordFromElsewhere(
  directory: string,
  name: string,
  judging: Judging,
): Promise<SessionRecord> {
  const text = await textFor(name, () => readView(directory, "metadata.json"));
  return await recordFrom(
    { name, text, born: null, noted: null },
    judging,
    await claimsOf(judging),
  );
}

/** A record made of a directory without one. */
interface Taking {
  readonly name: string;
  /** The text of its metadata.json; null when there is none. */
  readonly text: string | null;
  /** When the directory was made. */
  readonly born: Date | null;
  /** The conversation that an older journal knew better than the file. */
  readonly noted: string | null;
}

/**
 * The record of a session whose directory is all that there is: one that came from an archive, was
 * copied in, or outlived its journal. It is content, and gives no right: name, age and conversations
 * are taken if they are well formed and nobody else's, the persona from the library and without what
 * it may do unasked, a mode only if it narrows. A model by its alias, effort, output and idle time give none either.
 * Throws {@linkcode MetadataError} for metadata that cannot be read, `PersonaInvalidError` for a
 * persona of the library that cannot.
 */
async function recordFrom(
  taking: Taking,
  judging: Judging,
  claims: Claims,
): Promise<SessionRecord> {
  const { name, text } = taking;
  const { rules, library } = judging;
  if (text === null) throw new MetadataError(name, "metadata.json is missing.");
  const metadata = readMetadata(text, name);
  const { id, persona } = await libraryPersona(library, metadata.persona);
  const granted = withinRights(persona, null).persona;
  const { model, effort, output, idle_timeout: idle } = metadata;
  return {
    name,
    ...agesOf(metadata, taking.born, judging.now()),
    persona: id,
    granted: JSON.stringify(granted),
    permission_mode: narrowed(metadata.permission_mode, granted, rules),
    model: model !== null && ALIASES.includes(model) ? model : null,
    effort: MAY_BE.effort(effort) ? effort : null,
    output: MAY_BE.output(output) ? output : "normal",
    idle_timeout: MAY_BE.idle_timeout(idle) ? idle : judging.idleTimeoutSeconds,
    ...conversationsOf(taking, metadata, judging.records, claims),
    settings_shown: null,
    persona_shown: null,
  };
}

async function libraryPersona(
  library: PersonaLibrary,
  id: string,
): Promise<{ id: string; persona: Persona }> {
  try {
    return { id, persona: await library.load(id) };
  } catch (error) {
    if (!(error instanceof PersonaNotFoundError)) throw error;
    return { id: "default", persona: await library.load("default") };
  }
}

/** A mode in which the session may do no more unasked than what the owner's settings and files say. */
function narrowed(
  mode: string | null,
  { settings }: Persona,
  { permissionMode }: ModeRules,
): string | null {
  if (mode !== null && mode !== "default" && isNarrow(mode)) return mode;
  const inherited = settings.permission_mode === "default"
    ? permissionMode
    : settings.permission_mode;
  if (inherited !== "default" && isNarrow(inherited)) return null;
  return mode === null && inherited === "default" ? null : "default";
}

/** As the file says, where it says a time; else since the directory is there. */
function agesOf({ created, last_active }: Metadata, born: Date | null, now: Date) {
  const [made, active] = [Date.parse(created), Date.parse(last_active)];
  const begun = Number.isFinite(made) ? made : (born ?? now).getTime();
  const used = Number.isFinite(active) ? Math.min(active, now.getTime()) : begun;
  return {
    created: new Date(begun).toISOString(),
    last_active: new Date(Math.max(begun, used)).toISOString(),
  };
}

/** Those that are nobody else's; what the journal noted is not to be claimed away. */
function conversationsOf(
  { name, noted }: Taking,
  { claude_session_id, claude_session_ids }: Metadata,
  records: Sessions,
  claims: Claims,
) {
  const claimed = new Set([...claims].flatMap(([other, ids]) => other === name ? [] : ids));
  const isFree = (id: string) =>
    id === noted || (!claimed.has(id) && [undefined, name].includes(records.ownerOf(id)));
  const current = noted ?? claude_session_id;
  const all = [...claude_session_ids, ...(current === null ? [] : [current])];
  return {
    claude_session_id: current !== null && isFree(current) ? current : null,
    claude_session_ids: [...new Set(all)].filter(isFree),
  };
}

/** The text of a metadata.json that a session is taken over by, whose name is told where it is no file. */
async function textFor(name: string, read: () => Promise<string | null>) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnsafeFileError || error instanceof Deno.errors.PermissionDenied) {
      throw new MetadataError(name, error.message);
    }
    throw error;
  }
}
