import { dirname, join } from "@std/path";
import { editDistance } from "../text.ts";
import {
  InvalidNameError,
  MetadataError,
  SessionExistsError,
  SessionNotFoundError,
} from "./errors.ts";
import { groupOf, openTree } from "../sharing.ts";
import { KeyedMutex } from "./mutex.ts";
import {
  entriesOf,
  lstatOrNull,
  readRegularFile,
  removeTree,
  syncPath,
  writeAtomically,
} from "./safe_file.ts";

const NAME = /^[A-Za-z0-9_-]{1,50}$/;

/** True when `name` may name a session or a persona: it is then one path component and no other. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** Throws {@linkcode InvalidNameError} unless `name` may name a session. */
export function checkName(name: string): void {
  if (!isName(name)) throw new InvalidNameError(name);
}

/** The files of a session's directory that show what is known of it. */
export type View = "metadata.json" | "persona.json";

/** The identity of a session: a later one of its name has another. */
export interface SessionIdentity {
  readonly directory: string;
  /** When it was made, as in its record. */
  readonly created: string;
}

/** Begins the names of our temporary directories, so that a start can clear what a crash left. */
const STAGING = "sessions-";

/** The sessions' directories below home: which there are, and how one comes and goes as a whole. */
export class SessionDirectories {
  readonly #sessions: string;
  readonly #temporary: string;
  readonly #uuid: () => string;
  readonly #locks = new KeyedMutex();

  constructor(home: string, uuid: () => string = () => crypto.randomUUID()) {
    this.#sessions = join(home, "sessions");
    this.#temporary = join(home, "state", "tmp");
    this.#uuid = uuid;
  }

  /** Where a session of that name lies, whether there is one or not. Throws `InvalidNameError`. */
  path(name: string): string {
    checkName(name);
    return join(this.#sessions, name);
  }

  /** The names in order. Links count, as sessions that cannot be used; loose files do not. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const entry of entriesOf(this.#sessions)) {
      if (isName(entry.name) && !entry.isFile) names.push(entry.name);
    }
    return names.sort();
  }

  async exists(name: string): Promise<boolean> {
    return isName(name) && ((await lstatOrNull(this.path(name)))?.isDirectory ?? false);
  }

  /** The directory of a session that exists. Throws `SessionNotFoundError`, or `MetadataError`. */
  async existing(name: string): Promise<string> {
    const path = this.path(name);
    const info = await lstatOrNull(path);
    if (info === null) throw await this.notFound(name);
    if (info.isSymlink) throw new MetadataError(name, "its directory is a symbolic link.");
    if (!info.isDirectory) throw new MetadataError(name, "it is not a directory.");
    return path;
  }

  /** The same without links on the way to it, as the CLI names it. */
  async real(name: string): Promise<string> {
    return await Deno.realPath(await this.existing(name));
  }

  /** When the directory of a session was made, where its disk can tell. */
  async born(name: string): Promise<Date | null> {
    return (await Deno.lstat(await this.existing(name))).birthtime;
  }

  /** A view as it lies there; null when none does. Throws `UnsafeFileError` for what is no file. */
  async read(name: string, view: View): Promise<string | null> {
    return await readView(this.path(name), view);
  }

  /** Replaces a view, all or nothing. One that is `durable` is on disk then. */
  async write(name: string, view: View, text: string, durable: boolean): Promise<void> {
    const path = join(await this.existing(name), view);
    await writeAtomically(path, text, { root: this.#sessions, hasty: !durable });
  }

  /** Makes the directory of a new session: whole, or not at all. Throws `SessionExistsError`. */
  async make(name: string, views: Readonly<Record<View, string>>): Promise<void> {
    await this.withStaging(async (staging) => {
      const directory = join(staging, name);
      await Deno.mkdir(directory, { mode: 0o700 });
      await Deno.mkdir(join(directory, "files"), { mode: 0o700 });
      for (const [view, text] of Object.entries(views)) {
        await writeAtomically(join(directory, view), text);
      }
      await this.adopt(directory, name);
    });
  }

  async notFound(name: string): Promise<SessionNotFoundError> {
    return new SessionNotFoundError(name, nearNames(name, await this.names()));
  }

  /**
   * Throws `SessionExistsError` if anything has that name, in whatever case.
   * @param own the session that is to have the name: it may write its own otherwise.
   */
  async refuseTaken(name: string, own?: string): Promise<void> {
    const wanted = name.toLowerCase();
    for await (const entry of entriesOf(this.#sessions)) {
      const isTaken = entry.name.toLowerCase() === wanted && entry.name !== own;
      if (isTaken) throw new SessionExistsError(entry.name);
    }
  }

  /** Gives a session another name. Throws `SessionExistsError` rather than replace anything. */
  async rename(from: string, to: string): Promise<void> {
    const [before, after] = [await this.existing(from), this.path(to)];
    await this.#locks.hold("adopt", async () => {
      await this.refuseTaken(to, from);
      await Deno.rename(before, after);
      await syncPath(this.#sessions);
    });
  }

  /**
   * Makes a finished directory the session `name` by renaming it. Throws `SessionExistsError`
   * rather than replace anything.
   */
  async adopt(directory: string, name: string): Promise<void> {
    const path = this.path(name);
    await this.#locks.hold("adopt", async () => {
      await Deno.mkdir(this.#sessions, { recursive: true, mode: 0o700 });
      await this.refuseTaken(name);
      await openTree(directory, await groupOf(this.#sessions), "writes");
      try {
        // Over what appeared just now, this fails unless it is an empty directory: nothing is lost.
        await Deno.rename(directory, path);
      } catch (error) {
        if (await lstatOrNull(path) !== null) throw new SessionExistsError(name);
        throw error;
      }
      await syncPath(this.#sessions);
    });
  }

  /** Removes a session: at once out of sight, then for good. */
  async remove(name: string): Promise<void> {
    await this.withStaging(async (staging) => {
      await Deno.rename(this.path(name), join(staging, name));
      await syncPath(this.#sessions);
    });
  }

  /**
   * Runs `work` with an empty directory below `state/tmp`, which is removed afterwards with all
   * that is still in it.
   */
  async withStaging<T>(work: (directory: string) => Promise<T>): Promise<T> {
    const directory = join(this.#temporary, STAGING + this.#uuid());
    await Deno.mkdir(this.#temporary, { recursive: true, mode: 0o700 });
    await Deno.mkdir(directory, { mode: 0o700 });
    try {
      return await work(directory);
    } finally {
      await removeTree(directory);
    }
  }

  /** Removes the temporary directories that a crash left. */
  async clearStaging(): Promise<void> {
    for await (const { name } of entriesOf(this.#temporary)) {
      if (name.startsWith(STAGING)) await removeTree(join(this.#temporary, name));
    }
  }
}

/**
 * A view in a directory; null when none lies there. Throws `UnsafeFileError` for what is no file, and
 * where the directory is a link.
 */
export async function readView(directory: string, view: View): Promise<string | null> {
  try {
    return await readRegularFile(join(directory, view), dirname(directory));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Up to three of `known` that somebody who wrote `name` may have meant, the likeliest first. */
function nearNames(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase().slice(0, 50);
  if (wanted === "") return [];
  return known
    .map((candidate) => ({ candidate, distance: likeness(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** 0 for the same, less than 1 where one begins the other, else the number of edits. */
function likeness(a: string, b: string): number {
  if (a === b) return 0;
  if (b.startsWith(a) || a.startsWith(b)) return 0.5;
  return editDistance(a, b);
}
