import type { SessionChanges, SessionRecord, Sessions } from "../journal/mod.ts";
import type { SessionDirectories } from "./directories.ts";
import { SessionBusyError } from "./errors.ts";
import { KnownSessions } from "./known.ts";
import type { PersonaLibrary } from "./library.ts";
import { KeyedMutex } from "./mutex.ts";
import { type Metadata, metadataOf } from "./metadata.ts";
import type { CurrentSessions } from "./places.ts";
import type { ModeRules } from "./takeover.ts";
import { notShown, type Over, Views } from "./views.ts";

/** The files that the sessions of a home lie in; a simulation hands in its own. */
export interface SessionParts {
  readonly directories: SessionDirectories;
  readonly current: CurrentSessions;
  readonly library: PersonaLibrary;
}

export interface StoreOptions extends SessionParts {
  /** What the journal knows of sessions. */
  readonly records: Sessions;
  readonly now: () => Date;
  /** Of new sessions. */
  readonly idleTimeoutSeconds: number;
  /** What the settings say about permission modes. */
  readonly rules: ModeRules;
}

/** The records of the sessions with what is shown of them: one change of a session at a time. */
export class SessionStore {
  readonly known: KnownSessions;
  readonly #views: Views;
  readonly #locks = new KeyedMutex();
  /** The processes that work for sessions. */
  readonly #pids = new Map<string, number>();
  /** Sessions that nothing may change now, with what becomes of them. */
  readonly #retiring = new Map<string, string>();

  constructor(readonly options: StoreOptions) {
    this.known = new KnownSessions(options);
    this.#views = new Views(options.directories, options.records);
  }

  /** Runs `work` while nobody else changes this session. */
  async hold<T>(name: string, work: () => Promise<T>): Promise<T> {
    return await this.#locks.hold(name, work);
  }

  /** Settles when every change that was asked for is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#locks.idle();
  }

  async get(name: string): Promise<SessionRecord> {
    const { records, directories } = this.options;
    const record = records.get(name);
    if (record !== undefined && await directories.exists(name)) return record;
    return await this.hold(name, () => this.known.of(name));
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
    const record = await this.known.of(name);
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
