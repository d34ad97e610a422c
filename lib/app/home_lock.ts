import { type Clock, within } from "../clock.ts";

/** A home that belongs to this process. It also becomes free when the process ends, however it ends. */
export interface HomeLock extends AsyncDisposable {
  /** Frees the home; may be called twice. */
  release(): Promise<void>;
}

/** Who takes the lock, and how long it waits for one that is just being freed. */
export interface LockOptions {
  readonly pid: number;
  readonly clock: Clock;
  readonly patienceMs?: number;
}

/** Another process holds the home: two of them would answer every message twice. */
export class HomeInUseError extends Error {
  override readonly name = "HomeInUseError";
  constructor(readonly path: string, readonly holder: string) {
    super(`Another Switchboard${holder && ` (${holder})`} already runs in this home ('${path}').`);
  }
}

/**
 * Takes the lock file at `path`, which it makes when needed and leaves where it is: a file that was
 * removed could be locked by two, each holding a file of its own.
 *
 * The lock is the kernel's and vanishes with the process, a `kill -9` included; children do not
 * inherit it. A caller who is refused should end its process: the wait for the lock cannot be called
 * off before the holder is gone.
 *
 * @throws {HomeInUseError} saying who holds it.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<HomeLock> {
  const { clock, patienceMs = 500 } = options;
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  const locking = file.lock(true).then(() => true);
  const locked = await within(clock, patienceMs, locking).catch((error: unknown) => {
    file.close();
    throw error;
  });
  if (locked !== true) {
    // Should the holder go later, nobody wants the lock any more.
    void locking.then(() => file.close(), () => file.close());
    throw new HomeInUseError(path, (await Deno.readTextFile(path)).trim());
  }
  try {
    await sign(file, options);
  } catch (error) {
    file.close();
    throw error;
  }
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    await file.truncate(0).catch(() => {}); // A disk that refuses: whoever comes next signs anew.
    file.close();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** For people, and for the error of the next one who comes. */
async function sign(file: Deno.FsFile, { pid, clock }: LockOptions): Promise<void> {
  await file.truncate(0);
  const since = new Date(clock.now()).toISOString();
  await file.write(new TextEncoder().encode(`pid ${pid}, since ${since}\n`));
}
