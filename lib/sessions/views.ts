import type { SessionRecord, Sessions } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import type { SessionDirectories, View } from "./directories.ts";
import { MetadataError } from "./errors.ts";
import { type Metadata, readMetadata, writtenMetadata } from "./metadata.ts";
import { parsePersona, type Persona, writtenPersona } from "./persona.ts";
import { digestOf, UnsafeFileError } from "./safe_file.ts";

const log = logger("sessions");

/** The settings of a session that its metadata.json shows, and that somebody may change there. */
export type SessionSettings = Pick<
  Metadata,
  "persona" | "permission_mode" | "model" | "effort" | "output" | "idle_timeout"
>;

export function settingsOf(from: SessionSettings): SessionSettings {
  const { persona, permission_mode, model, effort, output, idle_timeout } = from;
  return { persona, permission_mode, model, effort, output, idle_timeout };
}

/** The settings as one text, to compare them. */
export const settingsText = (from: SessionSettings): string => JSON.stringify(settingsOf(from));

/** The persona of a record. */
export const personaOf = ({ granted, name }: SessionRecord): Persona =>
  parsePersona(granted, name, "the journal");

/** What {@linkcode Views} show of a session: a record, with the metadata that follows from it. */
interface Shown {
  readonly record: SessionRecord;
  readonly metadata: Metadata;
}

/** Which texts that are not ours go: none; a persona.json that is no text of a file, any; all. */
export type Over = "none" | "odd" | "persona" | "all";

/** What may stand in the views of a new session without being news. */
export function shownOf(settings: SessionSettings, persona: Persona) {
  return {
    settings_shown: settingsText(settings),
    persona_shown: digestOf(writtenPersona(persona)),
  };
}

/**
 * `metadata.json` and `persona.json` in the sessions' directories. They are derived from the journal
 * and never read back as truth. A text that is not ours stays until it was looked at.
 */
export class Views {
  constructor(
    readonly directories: Pick<SessionDirectories, "read" | "write">,
    readonly records: Pick<Sessions, "change">,
  ) {}

  /** Writes what is known of a session into its files; without `over` into metadata.json alone. */
  async show({ record, metadata }: Shown, over?: Over): Promise<void> {
    const settings = await this.#showMetadata(record, metadata, over === "all");
    const persona = over === undefined ? null : await this.#showPersona(record, over);
    const isNews = settings !== record.settings_shown ||
      (persona !== null && persona !== record.persona_shown);
    if (!isNews) return;
    this.records.change(record.name, {
      settings_shown: settings,
      ...(persona === null ? {} : { persona_shown: persona }),
    });
  }

  /** @returns what may stand there from now on. */
  async #showMetadata(
    { name, settings_shown: before }: SessionRecord,
    metadata: Metadata,
    over: boolean,
  ): Promise<string | null> {
    const text = writtenMetadata(metadata);
    const there = await this.#text(name, "metadata.json");
    const settings = settingsText(metadata);
    if (there === text) return settings;
    const shown = settingsIn(there, name);
    if (!over && shown !== null && shown !== settings && shown !== before) return before;
    // What changes all the time may be lost with the machine's power.
    await this.directories.write(name, "metadata.json", text, shown !== settings);
    return settings;
  }

  /** @returns what may stand there from now on. */
  async #showPersona(record: SessionRecord, over: Over): Promise<string | null> {
    const { name, persona_shown: before } = record;
    const text = writtenPersona(personaOf(record));
    const there = await this.#text(name, "persona.json");
    if (there === text) return digestOf(text);
    const isOurs = there === null || over === "all" || over === "persona" ||
      (there === undefined ? over === "odd" : digestOf(there) === before);
    if (!isOurs) return before;
    await this.directories.write(name, "persona.json", text, true);
    return digestOf(text);
  }

  /** A view's text; null when there is none, undefined for what is no file that can be read. */
  async #text(name: string, view: View): Promise<string | null | undefined> {
    try {
      return await this.directories.read(name, view);
    } catch (error) {
      if (error instanceof UnsafeFileError || error instanceof Deno.errors.PermissionDenied) {
        return undefined;
      }
      throw error;
    }
  }
}

/** The settings in the text of a metadata.json; null when it holds none that could be meant. */
export function settingsIn(text: string | null | undefined, name: string): string | null {
  if (text === null || text === undefined) return null;
  try {
    return settingsText(readMetadata(text, name));
  } catch (error) {
    if (error instanceof MetadataError) return null;
    throw error;
  }
}

/** A view that cannot be written is not shown as it is; the truth stands in the journal. */
export function notShown(name: string) {
  return (error: unknown): void =>
    log.warn("The files of {name} do not show what is known of it: {error}", { name, error });
}
