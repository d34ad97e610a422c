import type { SessionRecord, Sessions } from "../journal/mod.ts";
import { readView, type SessionDirectories } from "./directories.ts";
import { MetadataError, SessionBusyError, SessionNotFoundError } from "./errors.ts";
import type { PersonaLibrary } from "./library.ts";
import { idsIn, type ModeRules, recordFrom, textFor } from "./takeover.ts";

/** What {@linkcode KnownSessions} work on. */
interface KnownOptions {
  readonly records: Sessions;
  readonly directories: SessionDirectories;
  readonly library: PersonaLibrary;
  readonly now: () => Date;
  readonly idleTimeoutSeconds: number;
  readonly rules: ModeRules;
}

/** The conversations that the metadata of sessions without a record name, by session. */
type Claims = ReadonlyMap<string, readonly string[]>;

/**
 * The records of the sessions whose directories are there. A directory without one is taken over, a
 * record without a directory goes. Hold the session's lock.
 */
export class KnownSessions {
  constructor(readonly options: KnownOptions) {}

  /** Throws `SessionNotFoundError`, and `MetadataError` for a directory that cannot be used. */
  async of(name: string): Promise<SessionRecord> {
    const { records, directories } = this.options;
    await this.#refuseBetweenNames(name);
    try {
      await directories.existing(name);
    } catch (error) {
      const left = error instanceof SessionNotFoundError && records.get(name) !== undefined;
      if (left) records.remove(name); // Whoever took the directory away took the session.
      throw error;
    }
    return records.get(name) ?? await this.#take(name, await this.#claims());
  }

  /** A row whose directory could not follow it, nor it go back: neither is without the other. */
  async #refuseBetweenNames(name: string): Promise<void> {
    const { records, directories } = this.options;
    for (const { from, to } of records.renames.open()) {
      if (![from, to].includes(name) || await directories.exists(to)) continue;
      throw new SessionBusyError(name, "is between two names until Switchboard starts again");
    }
  }

  /** Makes a session of a directory that `put` moves to its place: whole, or not at all. */
  async begin(record: SessionRecord, put: () => Promise<void>): Promise<void> {
    const { records, directories } = this.options;
    await directories.refuseTaken(record.name);
    records.begin(record);
    try {
      await put();
    } catch (error) {
      records.remove(record.name);
      throw error;
    }
  }

  /** The record that a directory which comes from elsewhere gets as this session. */
  async fromElsewhere(directory: string, name: string): Promise<SessionRecord> {
    const text = await textFor(name, () => readView(directory, "metadata.json"));
    return await this.#recordOf(name, text, null, null, await this.#claims());
  }

  /** Drops the records without a directory, and takes over the directories without a record. */
  async settle(failed: (error: unknown) => void): Promise<void> {
    const { records, directories } = this.options;
    for (const name of records.names()) {
      if (!await directories.exists(name)) records.remove(name);
    }
    const claims = await this.#claims(); // Before the first of them has a record.
    for (const name of claims.keys()) await this.#take(name, claims).catch(failed);
  }

  async #take(name: string, claims: Claims): Promise<SessionRecord> {
    const { records, directories } = this.options;
    const text = await textFor(name, () => directories.read(name, "metadata.json"));
    const born = await directories.born(name);
    const record = await this.#recordOf(name, text, born, records.noted(name), claims);
    records.begin(record);
    return record;
  }

  async #recordOf(
    name: string,
    text: string | null,
    born: Date | null,
    noted: string | null,
    claims: Claims,
  ): Promise<SessionRecord> {
    const { records, now, idleTimeoutSeconds, rules, library } = this.options;
    const claimed = new Set(
      [...claims].flatMap(([other, ids]) => other === name ? [] : ids),
    );
    // What the journal knows is not to be claimed away.
    const isTaken = (id: string) =>
      id !== noted && (claimed.has(id) || ![undefined, name].includes(records.ownerOf(id)));
    const judged = { idleTimeoutSeconds, rules, library, noted, isTaken, now: now() };
    return await recordFrom({ name, text, born, ...judged });
  }

  async #claims(): Promise<Claims> {
    const { records, directories } = this.options;
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
}
