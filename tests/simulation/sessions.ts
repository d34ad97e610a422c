import type { Sessions } from "../../lib/journal/mod.ts";
import {
  type Persona,
  PersonaNotFoundError,
  type Place,
  placeKey,
  SessionExistsError,
} from "../../lib/sessions/mod.ts";
import { SessionDirectories, type View } from "../../lib/sessions/directories.ts";
import type { PersonaLibrary } from "../../lib/sessions/library.ts";
import { SessionManager } from "../../lib/sessions/manager.ts";
import { CurrentSessions } from "../../lib/sessions/places.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** What lies in the home's files: it outlives every crash. */
export interface Files {
  /** The views in each session's directory. */
  readonly sessions: Map<string, Map<View, string>>;
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

const LIBRARY: PersonaLibrary = {
  load: (id) =>
    id === "default"
      ? Promise.resolve(PERSONA)
      : Promise.reject(new PersonaNotFoundError(id, ["default"])),
  list: () => Promise.resolve({ personas: [], broken: [] }),
};

/** A disk in memory, with the pauses and the atomic writes of a real one. */
interface SimulatedDisk {
  readonly files: Files;
  readonly life: Life;
  readonly timeline: Timeline;
  /** Null for a disk that never pauses. */
  readonly random: Random | null;
}

/** The sessions of a home whose files are in memory. */
export function simulatedSessions(disk: SimulatedDisk, records: Sessions): SessionManager {
  const directories = new SimulatedDirectories(disk);
  return new SessionManager({
    directories,
    current: new SimulatedCurrent(disk, directories),
    library: LIBRARY,
    records,
    now: () => new Date(disk.timeline.now),
    idleTimeoutSeconds: 600,
    rules: { permissionMode: "default", allowBypass: false },
  });
}

/** It takes its time, now and then. */
async function pause({ random, timeline, life }: SimulatedDisk): Promise<void> {
  if (random?.chance(0.3)) await timeline.sleep(random.between(0, 3), life);
  life.look();
}

class SimulatedDirectories extends SessionDirectories {
  constructor(readonly disk: SimulatedDisk) {
    super("/home");
  }

  override async names(): Promise<string[]> {
    await pause(this.disk);
    return [...this.disk.files.sessions.keys()].sort();
  }

  override async exists(name: string): Promise<boolean> {
    await pause(this.disk);
    return this.disk.files.sessions.has(name);
  }

  override async existing(name: string): Promise<string> {
    if (!await this.exists(name)) throw await this.notFound(name);
    return this.path(name);
  }

  override async born(): Promise<Date | null> {
    await pause(this.disk);
    return null;
  }

  override async read(name: string, view: View): Promise<string | null> {
    await pause(this.disk);
    return this.disk.files.sessions.get(name)?.get(view) ?? null;
  }

  override async write(name: string, view: View, text: string): Promise<void> {
    await pause(this.disk);
    const { files, life } = this.disk;
    life.effect(() => files.sessions.get(name)?.set(view, text));
  }

  override real(name: string): Promise<string> {
    return this.existing(name);
  }

  override async refuseTaken(name: string, own?: string): Promise<void> {
    if (name !== own && await this.exists(name)) throw new SessionExistsError(name);
  }

  override async rename(from: string, to: string): Promise<void> {
    await this.existing(from);
    await this.refuseTaken(to, from);
    const { files: { sessions }, life } = this.disk;
    life.effect(() => {
      sessions.set(to, sessions.get(from)!);
      sessions.delete(from);
    });
  }

  override async withStaging<T>(work: (directory: string) => Promise<T>): Promise<T> {
    await pause(this.disk);
    return await work("/home/state/tmp");
  }

  override async make(name: string, views: Readonly<Record<View, string>>): Promise<void> {
    await this.refuseTaken(name);
    const { files, life } = this.disk;
    const made = new Map(Object.entries(views) as [View, string][]);
    life.effect(() => files.sessions.set(name, made));
  }

  override clearStaging(): Promise<void> {
    return Promise.resolve();
  }
}

class SimulatedCurrent extends CurrentSessions {
  constructor(readonly disk: SimulatedDisk, directories: SessionDirectories) {
    super("/home/state", directories);
  }

  override async at(place?: Place): Promise<string | null> {
    await pause(this.disk);
    const { current, sessions } = this.disk.files;
    const name = current.get(placeKey(place));
    return name !== undefined && sessions.has(name) ? name : null;
  }

  override async shows(name: string): Promise<boolean> {
    await pause(this.disk);
    return [...this.disk.files.current.values()].includes(name);
  }

  override async replace(name: string, place?: Place): Promise<string | null> {
    const before = await this.at(place);
    if (before === name) return null;
    this.disk.life.effect(() => this.disk.files.current.set(placeKey(place), name));
    return before;
  }

  override async rename(from: string, to: string): Promise<void> {
    await pause(this.disk);
    const { files: { current }, life } = this.disk;
    const places = [...current].filter(([, name]) => name === from);
    if (places.length === 0) return;
    life.effect(() => {
      for (const [place] of places) current.set(place, to);
    });
  }

  override async forgetMissing(): Promise<void> {
    await pause(this.disk);
  }
}
