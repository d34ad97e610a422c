import { z } from "zod";
import { join } from "@std/path";
import { isName, type SessionDirectories } from "./directories.ts";
import { logger } from "../log/mod.ts";
import { readRegularFile, UnsafeFileError, writeAtomically } from "./safe_file.ts";

const log = logger("sessions");

/** A chat, or a topic in it: each has its own current session. */
export interface Place {
  readonly chat: number;
  readonly thread?: number;
}

/** The key of a place in `current.json`; without a place, that of those who have no chat. */
export function placeKey(place?: Place): string {
  if (place === undefined) return "default";
  return place.thread === undefined ? `${place.chat}` : `${place.chat}:${place.thread}`;
}

/**
 * Which session is current in which place: `state/current.json`, read each time. Whoever changes
 * it must see to it that nobody else does at the same time.
 */
export class CurrentSessions {
  readonly #state: string;
  readonly #file: string;
  readonly #directories: SessionDirectories;

  constructor(state: string, directories: SessionDirectories) {
    this.#state = state;
    this.#file = join(state, "current.json");
    this.#directories = directories;
  }

  /** The session of a place if its directory is still there, else null. */
  async at(place?: Place): Promise<string | null> {
    const name = (await this.#read()).get(placeKey(place));
    return name !== undefined && await this.#directories.exists(name) ? name : null;
  }

  /** True when any place shows the session. */
  async shows(name: string): Promise<boolean> {
    return [...(await this.#read()).values()].includes(name);
  }

  /** Puts a session into a place. Returns the other one that was there, or null. */
  async replace(name: string, place?: Place): Promise<string | null> {
    const before = await this.at(place);
    if (before === name) return null;
    await this.#write((await this.#read()).set(placeKey(place), name));
    return before;
  }

  /** A session has another name: it is current where it was. */
  async rename(from: string, to: string): Promise<void> {
    const current = await this.#read();
    const places = [...current].filter(([, name]) => name === from);
    for (const [place] of places) current.set(place, to);
    if (places.length > 0) await this.#write(current);
  }

  /** A chat has another id: the sessions of its places come along, unless it has others by now. */
  async moveChat(from: number, to: number): Promise<void> {
    const current = await this.#read();
    const moved = new Map<string, string>();
    for (const [place, name] of current) {
      const isThere = place === `${from}` || place.startsWith(`${from}:`);
      moved.set(isThere ? `${to}${place.slice(`${from}`.length)}` : place, name);
    }
    for (const [place, name] of current) if (moved.has(place)) moved.set(place, name);
    if ([...current.keys()].some((place) => !moved.has(place))) await this.#write(moved);
  }

  /** Drops the places whose session is gone. */
  async forgetMissing(): Promise<void> {
    const current = await this.#read();
    const before = current.size;
    for (const [place, name] of [...current]) {
      if (!await this.#directories.exists(name)) current.delete(place);
    }
    if (current.size !== before) await this.#write(current);
  }

  /**
   * A file that is missing or damaged says nothing: all that is lost is what each place showed,
   * and the person is asked again.
   */
  async #read(): Promise<Map<string, string>> {
    try {
      const value: unknown = JSON.parse(await readRegularFile(this.#file));
      const entries = Object.entries(z.record(z.string(), z.unknown()).parse(value));
      return new Map(entries.filter(isEntry));
    } catch (error) {
      const damaged = error instanceof SyntaxError || error instanceof z.ZodError ||
        error instanceof UnsafeFileError || error instanceof Deno.errors.NotFound;
      if (!damaged) throw error;
      if (!(error instanceof Deno.errors.NotFound)) await this.#putAside(error);
      return new Map();
    }
  }

  /** What it held may help whoever looks into it. */
  async #putAside(error: unknown): Promise<void> {
    const kept = `${this.#file}.damaged`;
    log.warn("'{file}' is damaged and is kept as '{kept}': {error}", {
      file: this.#file,
      kept,
      error,
    });
    await Deno.rename(this.#file, kept).catch((error) =>
      log.warn("Cannot keep it: {error}", { error })
    );
  }

  async #write(current: ReadonlyMap<string, string>): Promise<void> {
    await Deno.mkdir(this.#state, { recursive: true, mode: 0o700 });
    await writeAtomically(this.#file, JSON.stringify(Object.fromEntries(current), null, 2) + "\n");
  }
}

function isEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string" && isName(entry[1]);
}
