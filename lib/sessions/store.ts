import type { SessionChanges, SessionRecord } from "../journal/mod.ts";
import { SessionBusyError, SessionNotFoundError } from "./errors.ts";
import { KeyedMutex } from "./mutex.ts";
import { type Metadata, metadataOf } from "./metadata.ts";
import type { CurrentSessions } from "./places.ts";
import { type Claims, claimsOf, type Judging, recordInPlace } from "./takeover.ts";
import { notShown, type Over, Views } from "./views.ts";

/** The parts that the sessions of a home are made of. */
export interface StoreOptions extends Judging {
  readonly current: CurrentSessions;
}

/** The lock of whoever changes where a session is current or alive; taken before a session's own. */
const PLACES = "places:"; // No session can be called so.

/** The records of the sessions with what is shown of them: one change of a session at a time. */
export class SessionStore {
  readonly #views: Views;
  readonly #locks = new KeyedMutex();
  /** The processes that work for sessions. */
  readonly #pids = new Map<string, number>();
  /** Sessions that nothing may change now, with what becomes of them. */
  readonly #retiring = new Map<string, string>();

  constructor(readonly options: StoreOptions) {
    this.#views = new Views(options.directories, options.records);
  }

  /** Runs `work` while nobody else changes this session. */
  async hold<T>(name: string, work: () => Promise<T>): Promise<T> {
    return await this.#locks.hold(name, work);
  }

  /** Runs `work` while nobody else changes where a session is current or alive. */
  async holdPlaces<T>(work: () => Promise<T>): Promise<T> {
    return await this.#locks.hold(PLACES, work);
  }

  /** Settles when every change that was asked for is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#locks.idle();
  }

  async get(name: string): Promise<SessionRecord> {
    const { records, directories } = this.options;
    const record = records.get(name);
    if (record !== undefined && await directories.exists(name)) return record;
    return await this.hold(name, () => this.known(name));
  }

  /**
   * The record of a session whose directory is there; hold it. A directory without one is taken over, a
   * record without a directory goes. Throws `SessionNotFoundError`, and `MetadataError` for a directory
   * that cannot be used.
   */
  async known(name: string): Promise<SessionRecord> {
    const { records, directories } = this.options;
    await this.#refuseBetweenNames(name);
    try {
      await directories.existing(name);
    } catch (error) {
      const left = error instanceof SessionNotFoundError && records.get(name) !== undefined;
      if (left) records.remove(name); // Whoever took the directory away took the session.
      throw error;
    }
    return records.get(name) ?? await this.#takeOver(name, await claimsOf(this.options));
  }

  /** A row whose directory could not follow it, nor it go back: neither is without the other. */
  async #refuseBetweenNames(name: string): Promise<void> {
    const { records, directories } = this.options;
    for (const { from, to } of records.renames.open()) {
      if (![from, to].includes(name) || await directories.exists(to)) continue;
      throw new SessionBusyError(name, "is between two names until Switchboard starts again");
    }
  }

  async #takeOver(name: string, claims: Claims): Promise<SessionRecord> {
    const record = await recordInPlace(name, this.options, claims);
    this.options.records.begin(record);
    return record;
  }

  /** Makes a session of a directory that `put` moves to its place: whole, or not at all. Hold it. */
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

  /** Drops the records without a directory, and takes over the directories without a record. */
  async reconcile(failed: (error: unknown) => void): Promise<void> {
    const { records, directories } = this.options;
    for (const name of records.names()) {
      if (!await directories.exists(name)) records.remove(name);
    }
    const claims = await claimsOf(this.options); // Before the first of them has a record.
    for (const name of claims.keys()) await this.#takeOver(name, claims).catch(failed);
  }

  /** A record as it is shown: with its process, and whether it is current anywhere. */
  async metadataOf(record: SessionRecord): Promise<Metadata> {
    const pid = this.#pids.get(record.name) ?? null;
    const isCurrent = pid !== null && await this.options.current.shows(record.name);
    return metadataOf(record, pid, isCurrent);
  }

  noteProcess(name: string, pid: number | null): void {
    if (pid === null) this.#pids.delete(name);
    else this.#pids.set(name, pid);
  }

  /** Changes a session, and shows it. */
  async modify(
    name: string,
    change: (before: SessionRecord) => SessionChanges,
    over?: Over,
  ): Promise<Metadata> {
    return await this.hold(name, async () => {
      const changes = change(await this.changeable(name));
      const { records } = this.options;
      const isChange = Object.keys(changes).length > 0;
      const after = isChange ? records.change(name, changes) : records.get(name);
      return await this.show(after!, over);
    });
  }

  /** The record of a session that may be changed; hold it. Throws `SessionBusyError`. */
  async changeable(name: string): Promise<SessionRecord> {
    const record = await this.known(name);
    this.refuseRetiring(name);
    return record;
  }

  /** Shows a record; hold its session. A view that cannot be written is not shown as it is. */
  async show(record: SessionRecord, over?: Over): Promise<Metadata> {
    const metadata = await this.metadataOf(record);
    await this.#views.show({ record, metadata }, over).catch(notShown(record.name));
    return metadata;
  }

  /** While `work` runs the session can be read, and changes to it throw `SessionBusyError`. */
  async retiring<T>(
    name: string,
    becomes: "archived" | "renamed",
    work: () => Promise<T>,
  ): Promise<T> {
    this.refuseRetiring(name);
    this.#retiring.set(name, becomes);
    try {
      return await work();
    } finally {
      this.#retiring.delete(name);
    }
  }

  refuseRetiring(name: string): void {
    const becomes = this.#retiring.get(name);
    if (becomes === undefined) return;
    throw new SessionBusyError(name, `is being ${becomes}. Try again in a moment`);
  }
}
