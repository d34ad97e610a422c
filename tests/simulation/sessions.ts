import {
  type Metadata,
  type MetadataPatch,
  type Persona,
  type PersonaList,
  type Place,
  placeKey,
  SessionExistsError,
  type SessionList,
  SessionNotFoundError,
} from "../../lib/sessions/mod.ts";
import { SessionManager } from "../../lib/sessions/manager.ts";
import { patched, statusOf } from "../../lib/sessions/metadata.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** What lies in the home's files: it outlives every crash. */
export interface Files {
  readonly sessions: Map<string, Metadata>;
  readonly current: Map<string, string>;
}

const PERSONA: Persona = {
  name: "Default",
  description: "",
  system_prompt: "Help.",
  settings: {
    model: null,
    max_turns: 25,
    permission_mode: "default",
    allowed_tools: [],
    add_dirs: [],
    effort: null,
  },
};

/** The sessions of a home in memory, with the pauses and the atomic writes of those on a disk. */
export class SimulatedSessions extends SessionManager {
  constructor(
    readonly files: Files,
    readonly life: Life,
    readonly timeline: Timeline,
    /** Null for a disk that never pauses. */
    readonly random: Random | null,
  ) {
    const now = () => new Date(timeline.now);
    super({ home: "/home", builtinPersonas: "/personas", now, idleTimeoutSeconds: 600 });
  }

  override async create(name: string, persona = "default"): Promise<Metadata> {
    await this.#pause();
    if (this.files.sessions.has(name)) throw new SessionExistsError(name);
    const time = new Date(this.timeline.now).toISOString();
    const metadata: Metadata = {
      ...{ name, created: time, last_active: time, persona, status: "idle", pid: null },
      ...{ claude_session_id: null, idle_timeout: 600, output: "normal", model: null },
      ...{ permission_mode: null, effort: null, claude_session_ids: [] },
    };
    return this.#write(metadata);
  }

  override async switch(name: string, place?: Place): Promise<string | null> {
    await this.#pause();
    this.#read(name);
    const key = placeKey(place);
    const before = this.files.current.get(key) ?? null;
    this.life.effect(() => this.files.current.set(key, name));
    return before === name ? null : before;
  }

  override async get(name: string): Promise<Metadata> {
    await this.#pause();
    return this.#read(name);
  }

  override async list(): Promise<SessionList> {
    await this.#pause();
    return { sessions: [...this.files.sessions.values()], broken: [] };
  }

  override async active(place?: Place): Promise<string | null> {
    await this.#pause();
    return this.files.current.get(placeKey(place)) ?? null;
  }

  override async update(name: string, patch: MetadataPatch): Promise<Metadata> {
    await this.#pause();
    return this.#write(patched(this.#read(name), patch));
  }

  override async touch(name: string): Promise<Metadata> {
    await this.#pause();
    const last_active = new Date(this.timeline.now).toISOString();
    return this.#write({ ...this.#read(name), last_active });
  }

  override async setProcess(name: string, pid: number | null): Promise<Metadata> {
    await this.#pause();
    return this.#write({ ...this.#read(name), pid, status: statusOf(pid, true) });
  }

  override async reconcile(alive: ReadonlyMap<string, number>): Promise<void> {
    for (const name of this.files.sessions.keys()) {
      await this.setProcess(name, alive.get(name) ?? null);
    }
  }

  override async exists(name: string): Promise<boolean> {
    await this.#pause();
    return this.files.sessions.has(name);
  }

  override dir(name: string): Promise<string> {
    return Promise.resolve(`/home/sessions/${name}`);
  }

  override settled(): Promise<void> {
    return Promise.resolve();
  }

  override loadPersona(): Promise<Persona> {
    return Promise.resolve(PERSONA);
  }

  override personas(): Promise<PersonaList> {
    return Promise.resolve({ personas: [], broken: [] });
  }

  override async persona(): Promise<Persona> {
    await this.#pause();
    return PERSONA;
  }

  #read(name: string): Metadata {
    this.life.look();
    const metadata = this.files.sessions.get(name);
    if (metadata === undefined) throw new SessionNotFoundError(name, []);
    return metadata;
  }

  #write(metadata: Metadata): Metadata {
    this.life.effect(() => this.files.sessions.set(metadata.name, metadata));
    return metadata;
  }

  /** The disk takes its time, now and then. */
  async #pause(): Promise<void> {
    if (this.random?.chance(0.3)) {
      await this.timeline.sleep(this.random.between(0, 3), this.life);
    }
    this.life.look();
  }
}
