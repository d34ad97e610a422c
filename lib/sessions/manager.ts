import type { SessionOffer, SessionRecord } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { checkName, type SessionDirectories, type SessionIdentity } from "./directories.ts";
import { decideOn, type Edit, lookAt } from "./edits.ts";
import { asMetadataError, type MetadataError, SessionNotFoundError } from "./errors.ts";
import type { PersonaList } from "./library.ts";
import {
  checkMetadata,
  type Metadata,
  metadataOf,
  type MetadataPatch,
  patched,
  writtenMetadata,
} from "./metadata.ts";
import { type Persona, writtenPersona } from "./persona.ts";
import type { Place } from "./places.ts";
import { SessionStore, type StoreOptions } from "./store.ts";
import { recordFromElsewhere } from "./takeover.ts";
import { finishRenames, type Follow, rename } from "./renaming.ts";
import { personaOf, shownOf } from "./views.ts";

export interface SessionManagerOptions
  extends Omit<StoreOptions, "directories" | "current" | "library"> {
  /** The directory that everything lives under. */
  readonly home: string;
  /** The directory of the personas that come with the program. */
  readonly builtinPersonas: string;
  /** Names for temporary directories; random by default. */
  readonly uuid?: () => string;
}

export interface SessionList {
  /** Newest activity first. */
  readonly sessions: readonly Metadata[];
  readonly broken: readonly { readonly name: string; readonly error: MetadataError }[];
}

/**
 * The sessions: what the journal knows of them, their directories, and which is current where.
 *
 * The journal is the truth. What is shown in a session's directory is for people and scripts, and is
 * taken from there only as {@linkcode recordFromElsewhere} and {@linkcode lookAt} say. Changes to one session
 * wait for each other; other programs must not make or take sessions at the same time. Methods that
 * take a session's name throw `InvalidNameError`, `SessionNotFoundError`, and `MetadataError` for a
 * directory that cannot be used.
 */
export class SessionManager {
  /** For those who make or take away whole sessions, as the archive does. */
  readonly directories: SessionDirectories;
  readonly #options: StoreOptions;
  readonly #store: SessionStore;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.directories = options.directories;
    this.#store = new SessionStore(options);
  }

  /**
   * Makes a session with a persona of the library. Throws `SessionExistsError` (also for a name that
   * differs in case only: on a phone they are too easily mixed up), `PersonaNotFoundError` and
   * `PersonaInvalidError`. A crash leaves the whole session or none.
   */
  async create(name: string, persona = "default"): Promise<Metadata> {
    checkName(name);
    const granted = await this.#options.library.load(persona);
    const record = this.#newRecord(name, persona, granted);
    const metadata = metadataOf(record, null, false);
    const views = {
      "metadata.json": writtenMetadata(metadata),
      "persona.json": writtenPersona(granted),
    };
    const make = () => this.directories.make(name, views);
    await this.#store.hold(name, () => this.#store.begin(record, make));
    return metadata;
  }

  #newRecord(name: string, persona: string, granted: Persona): SessionRecord {
    const time = this.#options.now().toISOString();
    const record = {
      ...{ name, created: time, last_active: time, persona, granted: JSON.stringify(granted) },
      ...{ permission_mode: null, model: null, effort: null, output: "normal" },
      idle_timeout: this.#options.idleTimeoutSeconds,
      ...{ claude_session_id: null, claude_session_ids: [] },
    };
    return { ...record, ...shownOf(record, granted) };
  }

  /**
   * Makes a session of a directory that came from elsewhere, once `prepare` has done what goes before
   * it is there. What lies in it is content: it gives the session no right.
   */
  async adopt(
    directory: string,
    name: string,
    prepare: (metadata: Metadata) => Promise<void>,
  ): Promise<Metadata> {
    checkName(name);
    const store = this.#store;
    return await store.hold(name, async () => {
      const record = await recordFromElsewhere(directory, name, this.#options);
      await store.begin(record, async () => {
        await prepare(metadataOf(record, null, false));
        await this.directories.adopt(directory, name);
      });
      return await store.show(record, "none");
    });
  }

  /**
   * Makes a session current in a place. Returns the session that was current there before, which
   * goes on living in the background; null if there was none, or it is the same.
   */
  async switch(name: string, place?: Place): Promise<string | null> {
    return await this.#store.holdPlaces(async () => {
      await this.#store.get(name);
      this.#store.refuseRetiring(name);
      const before = await this.#options.current.replace(name, place);
      await this.refresh(name);
      // A session that is damaged can still be switched away from.
      if (before !== null) await this.refresh(before).catch(passOver);
      return before;
    });
  }

  async get(name: string): Promise<Metadata> {
    return await this.#store.metadataOf(await this.#store.get(name));
  }

  /** All sessions. One that cannot be read is listed as broken and hides no other. */
  async list(): Promise<SessionList> {
    const sessions: Metadata[] = [];
    const broken: { name: string; error: MetadataError }[] = [];
    for (const name of await this.directories.names()) {
      try {
        sessions.push(await this.get(name));
      } catch (error) {
        if (error instanceof SessionNotFoundError) continue; // Gone since it was listed.
        broken.push({ name, error: asMetadataError(name, error) });
      }
    }
    sessions.sort((a, b) => Date.parse(b.last_active) - Date.parse(a.last_active));
    return { sessions, broken };
  }

  /** The current session of a place, or null; one whose directory is gone counts as none. */
  async active(place?: Place): Promise<string | null> {
    return await this.#store.holdPlaces(() => this.#options.current.at(place));
  }

  /** Changes fields. A new `claude_session_id` is also added to `claude_session_ids`. */
  async update(name: string, patch: MetadataPatch): Promise<Metadata> {
    return await this.#store.modify(name, (before) => {
      const after = patched(before, patch);
      checkMetadata(metadataOf(after, null, false));
      return after;
    });
  }

  /**
   * Gives a session another persona of the library; what its persona.json says is replaced. Throws as
   * `create` does.
   */
  async changePersona(name: string, persona: string): Promise<Metadata> {
    const granted = JSON.stringify(await this.#options.library.load(persona));
    const store = this.#store;
    return await store.hold(name, async () => {
      await store.changeable(name);
      return await store.show(this.#options.records.grant(name, persona, granted)!, "persona");
    });
  }

  /** Notes activity now. */
  async touch(name: string): Promise<Metadata> {
    const last_active = this.#options.now().toISOString();
    return await this.#store.modify(name, () => ({ last_active }));
  }

  /** Shows what the journal has come to know of a session otherwise. */
  async refresh(name: string): Promise<Metadata> {
    return await this.#store.modify(name, () => ({}));
  }

  /** What the session's files say and the journal does not; null when that is nothing. */
  async look(name: string): Promise<Edit | null> {
    return await lookAt(this.#store, name);
  }

  /** Takes what an offer showed, or leaves it. @returns null when it was decided before. */
  async decide(offer: SessionOffer, use: boolean): Promise<Metadata | null> {
    return await decideOn(this.#store, offer, use);
  }

  /** Gives a session another name, or throws and leaves it as it was. */
  async rename(from: string, to: string, follow: Follow): Promise<Metadata> {
    return await rename(this.#store, { from, to }, follow);
  }

  /** Settles when every change that was asked for is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#store.settled();
  }

  /** A chat has another id from now on: what is current in its places stays so. */
  async moveChat(from: number, to: number): Promise<void> {
    await this.#store.holdPlaces(() => this.#options.current.moveChat(from, to));
  }

  /** True when there is a session of that name, readable or not. */
  async exists(name: string): Promise<boolean> {
    return await this.directories.exists(name);
  }

  /** The session's directory. Throws `MetadataError` if it is a link. */
  async dir(name: string): Promise<string> {
    return await this.directories.existing(name);
  }

  /** The session's directory, and when it was made. */
  async identity(name: string): Promise<SessionIdentity> {
    const { created } = await this.#store.get(name);
    return { created, directory: await this.dir(name) };
  }

  /** A persona of the library by its id; see {@linkcode PersonaLibrary.load} for what it throws. */
  async loadPersona(id: string): Promise<Persona> {
    return await this.#options.library.load(id);
  }

  /** The library: what `create` can take, and which of the owner's files are wrong. */
  async personas(): Promise<PersonaList> {
    return await this.#options.library.list();
  }

  /** The session's persona as it was granted. */
  async persona(session: string): Promise<Persona> {
    return personaOf(await this.#store.get(session));
  }

  /** Notes that a process works for the session (its pid) or that none does any more (null). */
  async setProcess(name: string, pid: number | null): Promise<Metadata> {
    return await this.#store.holdPlaces(() =>
      this.#store.modify(name, () => {
        this.#store.noteProcess(name, pid);
        return {};
      })
    );
  }

  /**
   * At the start: clears what a crash left of unfinished work, takes over directories that the
   * journal does not know, and shows which sessions have a process (`alive`: name → pid). A session
   * that cannot be read or written stops none of that.
   */
  async reconcile(alive: ReadonlyMap<string, number>): Promise<void> {
    const { records, current } = this.#options;
    await this.#store.holdPlaces(async () => {
      await this.directories.clearStaging();
      await finishRenames(this.#store);
      await this.#store.reconcile(passOver);
      await current.forgetMissing();
      for (const name of records.names()) {
        this.#store.noteProcess(name, alive.get(name) ?? null);
        await this.#store.modify(name, () => ({}), "none").catch(passOver);
      }
    });
  }

  /**
   * Takes a session away for good if `work` (which keeps what is worth keeping) succeeds; else the
   * session stays as it was. Meanwhile it can be read, and changes to it throw `SessionBusyError`.
   */
  async retire<T>(
    name: string,
    work: (directory: string, metadata: Metadata) => Promise<T>,
  ): Promise<T> {
    const directory = await this.dir(name);
    const store = this.#store;
    return await store.retiring(name, "archived", async () => {
      // Changes that were asked for earlier are still written.
      const record = await store.hold(name, () => store.known(name));
      const result = await work(directory, await store.metadataOf(record));
      await this.directories.remove(name);
      this.#options.records.remove(name);
      await this.#store.holdPlaces(() => this.#options.current.forgetMissing());
      return result;
    });
  }
}

/** The session tells it itself when it is used. */
function passOver(error: unknown): void {
  logger("sessions").warn("A session cannot be read, or shown as it is: {error}", { error });
}
