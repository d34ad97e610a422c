import type { SessionRecord } from "../journal/mod.ts";
import { MetadataError, PersonaNotFoundError } from "./errors.ts";
import type { PersonaLibrary } from "./library.ts";
import { type Metadata, readMetadata } from "./metadata.ts";
import { isNarrow, type Persona, withinRights } from "./persona.ts";
import { UnsafeFileError } from "./safe_file.ts";

const EFFORTS = ["low", "medium", "high", "xhigh", "max"];
const OUTPUTS = ["normal", "verbose", "smart"];
/** As a person can set it in the chat. */
const IDLE_S = { least: 60, most: 120 * 60 };
/** What a model may be called by everybody; another name may be anything, of any price. */
const ALIASES = ["default", "opus", "sonnet", "haiku", "opusplan"];
/** Aliases, dated names and those of other providers (`us.anthropic.claude…:0`, `opus[1m]`). */
const MODEL = /^[\w.:/@[\]-]{1,100}$/;

/** Whether a setting may have this value, whoever wants it. */
export const MAY_BE = {
  model: (value: string | null) => value === null || MODEL.test(value),
  effort: (value: string | null) => value === null || EFFORTS.includes(value),
  output: (value: string) => OUTPUTS.includes(value),
  idle_timeout: (value: number) => value >= IDLE_S.least && value <= IDLE_S.most,
};

/** What the settings say about permission modes. */
export interface ModeRules {
  /** The mode of sessions that have none of their own. */
  readonly permissionMode: string;
  readonly allowBypass: boolean;
}

/** What a directory without a record is judged by. */
export interface Taking {
  readonly name: string;
  /** The text of its metadata.json; null when there is none. */
  readonly text: string | null;
  /** When the directory was made. */
  readonly born: Date | null;
  readonly now: Date;
  readonly idleTimeoutSeconds: number;
  readonly rules: ModeRules;
  readonly library: PersonaLibrary;
  /** The conversation that an older journal knew better than the file. */
  readonly noted: string | null;
  /** Whether a conversation may be another session's. */
  readonly isTaken: (id: string) => boolean;
}

/**
 * The record of a session whose directory is all that there is: one that came from an archive, was
 * copied in, or outlived its journal. It is content, and gives no right: name, age and conversations
 * are taken if they are well formed and nobody else's, the persona from the library and without what
 * it may do unasked, a mode only if it narrows. A model by its alias, effort, output and idle time give none either.
 * Throws {@linkcode MetadataError} for metadata that cannot be read, `PersonaInvalidError` for a
 * persona of the library that cannot.
 */
export async function recordFrom(taking: Taking): Promise<SessionRecord> {
  const { name, text, rules, library } = taking;
  if (text === null) throw new MetadataError(name, "metadata.json is missing.");
  const metadata = readMetadata(text, name);
  const { id, persona } = await libraryPersona(library, metadata.persona);
  const granted = withinRights(persona, null).persona;
  const { model, effort, output, idle_timeout: idle } = metadata;
  return {
    name,
    ...agesOf(taking, metadata),
    persona: id,
    granted: JSON.stringify(granted),
    permission_mode: narrowed(metadata.permission_mode, granted, rules),
    model: model !== null && ALIASES.includes(model) ? model : null,
    effort: MAY_BE.effort(effort) ? effort : null,
    output: MAY_BE.output(output) ? output : "normal",
    idle_timeout: MAY_BE.idle_timeout(idle) ? idle : taking.idleTimeoutSeconds,
    ...conversationsOf(taking, metadata),
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
function agesOf({ born, now }: Taking, { created, last_active }: Metadata) {
  const [made, active] = [Date.parse(created), Date.parse(last_active)];
  const begun = Number.isFinite(made) ? made : (born ?? now).getTime();
  const used = Number.isFinite(active) ? Math.min(active, now.getTime()) : begun;
  return {
    created: new Date(begun).toISOString(),
    last_active: new Date(Math.max(begun, used)).toISOString(),
  };
}

function conversationsOf({ noted, isTaken }: Taking, metadata: Metadata) {
  const current = noted ?? metadata.claude_session_id;
  const free = (id: string) => !isTaken(id);
  const all = [...metadata.claude_session_ids, ...(current === null ? [] : [current])];
  return {
    claude_session_id: current !== null && free(current) ? current : null,
    claude_session_ids: [...new Set(all)].filter(free),
  };
}

const ANY_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Every conversation that a text names, readable or not. */
export const idsIn = (text: string): string[] => text.match(ANY_ID) ?? [];

/** The text of a metadata.json for {@linkcode recordFrom}, whose name is told where it is no file. */
export async function textFor(name: string, read: () => Promise<string | null>) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnsafeFileError || error instanceof Deno.errors.PermissionDenied) {
      throw new MetadataError(name, error.message);
    }
    throw error;
  }
}
