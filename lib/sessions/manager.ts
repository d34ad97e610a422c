import { join, resolve } from "@std/path";
import { SessionDirectories } from "./directories.ts";
import { logger } from "../log.ts";
import { MetadataError, SessionBusyError, SessionNotFoundError } from "./errors.ts";
import { type PersonaLibrary, personaLibrary, type PersonaList } from "./library.ts";
import { Locks } from "./locks.ts";
import {
  type Metadata,
  type MetadataPatch,
  patched,
  readMetadata,
  statusOf,
  writeMetadata,
} from "./metadata.ts";
import { checkName } from "./names.ts";
import { type Persona, readSessionPersona, writePersona } from "./persona.ts";
import { CurrentSessions, type Place } from "./places.ts";

export interface SessionManagerOptions {
  /** The directory that everything lives under. */
  readonly home: string;
  /** The directory of the personas that come with the program. */
  readonly builtinPersonas: string;
  readonly now: () => Date;
  /** Names for temporary directories; random by default. */
  readonly uuid?: () => string;
  /** Written to the metadata of new sessions. */
  readonly idleTimeoutSeconds: number;
}

export interface SessionList {
  /** Newest activity first. */
  readonly sessions: readonly Metadata[];
  readonly broken: readonly { readonly name: string; readonly error: MetadataError }[];
}

/** Held by whoever changes where a session is current or alive; taken before a session's own lock. */
const PLACES = "places";

/**
 * The sessions on disk: their directories, metadata and personas, and which is current where.
 *
 * Nothing is cached: what the files say counts. Changes to one session's metadata wait for each
 * other; a write is there whole or not at all. Other programs must not write at the same time.
 * Methods that take a session's name throw `InvalidNameError`, `SessionNotFoundError` and, where
 * they read it, `MetadataError`.
 */
export class SessionManager {
  /** For those who make or take away whole sessions, as the archive does. */
  readonly directories: SessionDirectories;
  readonly #options: SessionManagerOptions;
  readonly #library: PersonaLibrary;
  readonly #current: CurrentSessions;
  readonly #locks = new Locks();
  readonly #retiring = new Set<string>();

  constructor(options: SessionManagerOptions) {
    const home = resolve(options.home);
    this.#options = options;
    this.directories = new SessionDirectories(home, options.uuid);
    this.#current = new CurrentSessions(join(home, "state"), this.directories);
    this.#library = personaLibrary({
      owner: join(home, "personas"),
      builtin: resolve(options.builtinPersonas),
    });
  }

  /**
   * Makes a session with a copy of a persona. Throws `SessionExistsError` (also for a name that
   * differs in case only: on a phone they are too easily mixed up), `PersonaNotFoundError` and
   * `PersonaInvalidError`. A crash leaves the whole session or none.
   */
  async create(name: string, persona = "default"): Promise<Metadata> {
    checkName(name);
    const copy = await this.#library.load(persona);
    const metadata = this.#newMetadata(name, persona);
    return await this.directories.withStaging(async (staging) => {
      const directory = join(staging, name);
      await Deno.mkdir(directory, { mode: 0o700 });
      await Deno.mkdir(join(directory, "files"), { mode: 0o700 });
      await writePersona(directory, copy);
      await writeMetadata(directory, metadata);
      await this.directories.adopt(directory, name);
      return metadata;
    });
  }

  #newMetadata(name: string, persona: string): Metadata {
    const time = this.#options.now().toISOString();
    return {
      name,
      created: time,
      last_active: time,
      persona,
      status: "idle",
      pid: null,
      claude_session_id: null,
      idle_timeout: this.#options.idleTimeoutSeconds,
      output: "normal",
      model: null,
      permission_mode: null,
      effort: null,
      claude_session_ids: [],
    };
  }

  /**
   * Makes a session current in a place. Returns the session that was current there before, which
   * goes on living in the background; null if there was none, or it is the same.
   */
  async switch(name: string, place?: Place): Promise<string | null> {
    return await this.#locks.hold(PLACES, async () => {
      await this.get(name);
      this.#refuseRetiring(name);
      const before = await this.#current.replace(name, place);
      await this.#refreshStatus(name);
      // A session that is damaged or cannot be written can still be switched away from.
      if (before !== null) await this.#refreshStatus(before).catch(passOver);
      return before;
    });
  }

  async get(name: string): Promise<Metadata> {
    try {
      return await readMetadata(this.directories.path(name), name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw await this.directories.notFound(name);
      throw error;
    }
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
    return await this.#current.at(place);
  }

  /** Changes fields. A new `claude_session_id` is also added to `claude_session_ids`. */
  async update(name: string, patch: MetadataPatch): Promise<Metadata> {
    return await this.#modify(name, (before) => patched(before, patch));
  }

  /**
   * Gives a session a copy of another persona of the library; one that was edited in the session is
   * replaced. Throws as `create` does, and `MetadataError` where the directory is a link.
   */
  async changePersona(name: string, persona: string): Promise<Metadata> {
    const copy = await this.#library.load(persona);
    return await this.#locks.hold(sessionKey(name), async () => {
      const before = await this.get(name);
      this.#refuseRetiring(name);
      const directory = await this.dir(name);
      await writePersona(directory, copy);
      const after = patched(before, { persona });
      await writeMetadata(directory, after);
      return after;
    });
  }

  /** Notes activity now. */
  async touch(name: string): Promise<Metadata> {
    const last_active = this.#options.now().toISOString();
    return await this.#modify(name, (before) => ({ ...before, last_active }));
  }

  /** Settles when every change that was asked for is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#locks.idle();
  }

  /** Whether there is a session of that name, readable or not. */
  async exists(name: string): Promise<boolean> {
    return await this.directories.exists(name);
  }

  /** The session's directory. Throws `MetadataError` if it is a link. */
  async dir(name: string): Promise<string> {
    return await this.directories.existing(name);
  }

  /** A persona of the library by its id; see {@linkcode PersonaLibrary.load} for what it throws. */
  async loadPersona(id: string): Promise<Persona> {
    return await this.#library.load(id);
  }

  /** The library: what `create` can take, and which of the owner's files are wrong. */
  async personas(): Promise<PersonaList> {
    return await this.#library.list();
  }

  /** The session's own copy of its persona. Throws `PersonaInvalidError` if that is damaged. */
  async persona(session: string): Promise<Persona> {
    return await readSessionPersona(await this.dir(session), session);
  }

  /** Notes that a process works for the session (its pid) or that none does any more (null). */
  async setProcess(name: string, pid: number | null): Promise<Metadata> {
    return await this.#locks.hold(PLACES, async () => {
      const shown = await this.#current.shows(name);
      return await this.#modify(name, (before) => withProcess(before, pid, shown));
    });
  }

  /**
   * At the start: writes down which sessions have a process (`alive`: name → pid), forgets places
   * whose session is gone, and clears what a crash left of unfinished work. A session that cannot be
   * written stops none of that.
   */
  async reconcile(alive: ReadonlyMap<string, number>): Promise<void> {
    await this.#locks.hold(PLACES, async () => {
      await this.directories.clearStaging();
      await this.#current.forgetMissing();
      for (const name of await this.directories.names()) {
        const shown = await this.#current.shows(name);
        const pid = alive.get(name) ?? null;
        await this.#modify(name, (before) => withProcess(before, pid, shown)).catch(passOver);
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
    this.#refuseRetiring(name);
    this.#retiring.add(name);
    try {
      // Changes that were asked for earlier are still written.
      const metadata = await this.#locks.hold(sessionKey(name), () => this.get(name));
      const result = await work(directory, metadata);
      await this.directories.remove(name);
      await this.#locks.hold(PLACES, () => this.#current.forgetMissing());
      return result;
    } finally {
      this.#retiring.delete(name);
    }
  }

  async #modify(name: string, change: (before: Metadata) => Metadata): Promise<Metadata> {
    return await this.#locks.hold(sessionKey(name), async () => {
      const before = await this.get(name);
      this.#refuseRetiring(name);
      const after = change(before);
      if (after !== before) await writeMetadata(this.directories.path(name), after);
      return after;
    });
  }

  #refuseRetiring(name: string): void {
    if (this.#retiring.has(name)) {
      throw new SessionBusyError(name, "is being archived. Try again in a moment");
    }
  }

  async #refreshStatus(name: string): Promise<void> {
    const shown = await this.#current.shows(name);
    await this.#modify(name, (before) => withProcess(before, before.pid, shown));
  }
}

function sessionKey(name: string): string {
  return `session:${name}`;
}

/** The same object if nothing changes, so that nothing is written. */
function withProcess(before: Metadata, pid: number | null, shown: boolean): Metadata {
  const status = statusOf(pid, shown);
  return before.pid === pid && before.status === status ? before : { ...before, pid, status };
}

/** Whatever keeps one session from being read must not hide the others. */
function asMetadataError(name: string, error: unknown): MetadataError {
  if (error instanceof MetadataError) return error;
  return new MetadataError(name, error instanceof Error ? error.message : String(error));
}

/** The session tells it itself when it is used. */
function passOver(error: unknown): void {
  logger("sessions").warn("A session's status is not written down: {error}", { error });
}
