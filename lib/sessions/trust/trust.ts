import type { TrustRow, Trusts } from "../../journal/mod.ts";
import type { SessionIdentity } from "../directories.ts";
import { KeyedMutex } from "../mutex.ts";
import { isNothing } from "./brings.ts";
import type { Brought } from "./thing.ts";
import { type CopyStore, type Extent, planOf, usedBy } from "./copies.ts";
import { UnreadableError } from "./files.ts";

/** Where it is written down what is trusted, and what was told of it. */
export type TrustStore = Pick<Trusts, "get" | "all" | "put" | "remove" | "told" | "tell">;

/** What of the machine is looked at and written. */
export interface TrustDisk {
  /**
   * Looks through a directory, and the configuration of git in it.
   * @throws {UnreadableError} when it is more than can be shown, or changes meanwhile.
   */
  look(directory: string): Promise<Brought>;
  readonly copies: CopyStore;
}

export interface TrustOptions {
  readonly disk: TrustDisk;
  readonly store: TrustStore;
  readonly now: () => number;
  readonly session: (name: string) => Promise<SessionIdentity>;
  /** True when the settings trust a directory whatever it brings. */
  readonly always: (directory: string) => boolean;
  /** Why nothing can be trusted, in a sentence; null where it can. */
  readonly unavailable: () => string | null;
}

/** What a process is given of what is trusted. */
export interface Trusted {
  /** Null: nothing of the copy, which is damaged; what was forbidden stays so. */
  readonly configRoot: string | null;
  readonly permissions: TrustRow["permissions"];
}

/** What a directory brings now, and what of it is trusted. */
export interface TrustView {
  /** When the session was made. */
  readonly made: string;
  readonly brought: Brought;
  readonly row: TrustRow | null;
}

/** What the person has not been told of yet. */
export type TrustNews =
  & {
    /** When the session was made. */
    readonly made: string;
    readonly digest: string;
  }
  & (
    | { readonly kind: "brings" | "damaged" }
    | {
      readonly kind: "changed";
      readonly before: string;
      readonly after: string;
      /** True when there is something to be used as shown, and something besides that may change. */
      readonly used: { readonly shown: boolean; readonly more: boolean };
    }
  );

/** Held by whoever makes copies, or takes them away. */
const COPIES = "copies";
/** Of a directory that is more than can be shown. */
const UNREADABLE = "unreadable";

/** What of the sessions' directories is trusted; see the design, "Trust". */
export class Trust {
  readonly #copies: CopyStore;
  readonly #locks = new KeyedMutex();
  /** The copies that processes were started with. */
  readonly #inUse = new Map<string, string>();

  constructor(readonly options: TrustOptions) {
    this.#copies = options.disk.copies;
  }

  /** Why nothing can be trusted, in a sentence; null where it can. */
  get unavailable(): string | null {
    return this.options.unavailable();
  }

  /** True when the settings trust a session's directory whatever it brings. */
  async isAlways(session: string): Promise<boolean> {
    return this.options.always((await this.options.session(session)).directory);
  }

  /** @throws {UnreadableError} when it is more than can be shown. */
  async view(session: string): Promise<TrustView> {
    const { created: made, directory } = await this.options.session(session);
    const brought = await this.options.disk.look(directory);
    return { made, brought, row: this.#row(session, made, directory) };
  }

  /**
   * Trusts what a directory brings, if it is still what was shown.
   * @returns what there is now, when it is something else.
   */
  async use(session: string, shown: string, extent: Extent, user: number): Promise<Brought | null> {
    return await this.#locks.hold(`session:${session}`, async () => {
      const { made, brought } = await this.view(session);
      if (brought.digest !== shown) return brought;
      await this.#pin({ session, made, extent, user }, brought);
      return null;
    });
  }

  /** @returns whether something was trusted. */
  async ignore(session: string): Promise<boolean> {
    return await this.#locks.hold(`session:${session}`, async () => {
      const { store, session: find, disk } = this.options;
      const { created: made, directory } = await find(session);
      const row = this.#row(session, made, directory);
      store.remove(session); // Also where nobody can read the directory any more.
      const brought = await disk.look(directory).catch(asUnreadable);
      const digest = brought === null ? UNREADABLE : isNothing(brought) ? null : brought.digest;
      store.tell(session, made, digest);
      await this.clean();
      return row !== null;
    });
  }

  /** The session is gone: one of its name that comes later has no part in this. */
  async forget(session: string): Promise<void> {
    this.options.store.remove(session);
    await this.clean();
  }

  /**
   * What a process of a session is to be started with, checked now; null where nothing is trusted.
   * Call {@linkcode ended} when it has ended.
   */
  async forProcess(session: string): Promise<Trusted | null> {
    if (this.options.unavailable() !== null) return null;
    return await this.#locks.hold(`session:${session}`, async () => {
      const { created, directory } = await this.options.session(session);
      if (this.options.always(directory)) await this.#pinAlways(session);
      const row = this.#row(session, created, directory);
      if (row === null) return null;
      const { deny, ask } = row.permissions;
      if (!await this.#copies.isSound(row.copy)) {
        const rules = { allow: [], additionalDirectories: [], ask, deny };
        return { configRoot: null, permissions: rules };
      }
      this.#inUse.set(session, row.copy);
      const root = this.#copies.root(row.copy);
      return {
        configRoot: root,
        permissions: {
          ...row.permissions,
          // Files of a skill lie there: reading them asks for nothing, and nothing may change them.
          allow: [...row.permissions.allow, `Read(/${root}/**)`],
          deny: [...deny, `Edit(/${this.#copies.path(row.copy)}/**)`],
        },
      };
    });
  }

  /** The copy that a session's process is given; null when it has none. */
  readonly rootInUse = (session: string): string | null =>
    this.#inUse.has(session) ? this.#copies.root(this.#inUse.get(session)!) : null;

  /** The process of a session has ended. */
  ended(session: string): void {
    this.#inUse.delete(session);
  }

  /** Lines of `.git/config` that are trusted. */
  async gitLines(session: string): Promise<readonly string[]> {
    const { created, directory } = await this.options.session(session);
    return this.#row(session, created, directory)?.git ?? [];
  }

  /** What the person has to be told of a session; {@linkcode told} says that it was. */
  async news(session: string): Promise<TrustNews | null> {
    const { store, session: find, always, disk } = this.options;
    const { created: made, directory } = await find(session);
    const row = this.#row(session, made, directory);
    if (row?.extent === "always" || always(directory)) return null;
    const told = store.told(session, made);
    if (row !== null && !await this.#copies.isSound(row.copy)) {
      const digest = `damaged ${row.copy}`;
      return told === digest ? null : { kind: "damaged", made, digest };
    }
    const brought = await disk.look(directory).catch(asUnreadable);
    if (brought === null) { // Too much to be shown.
      return told === null ? { kind: "brings", made, digest: UNREADABLE } : null;
    }
    if (row === null) return this.#arrived(session, made, brought, told);
    if (brought.digest === row.digest) {
      if (told !== null) store.tell(session, made, null);
      return null;
    }
    if (told === brought.digest) return null;
    const before = await this.#copies.shown(row.copy) ?? "";
    const [shown, more] = [countUsed(brought, "shown"), countUsed(brought, "mayChange")];
    const used = { shown: shown > 0, more: more > shown };
    return { kind: "changed", made, digest: brought.digest, before, after: brought.text, used };
  }

  /** Notes that news was told; in the transaction that tells it. */
  told(session: string, { made, digest }: TrustNews): void {
    this.options.store.tell(session, made, digest);
  }

  /** Forgets what sessions that are gone trusted, and removes the copies that nobody needs. */
  async clean(exists?: (session: string) => Promise<boolean>): Promise<void> {
    const { store } = this.options;
    for (const { session } of exists === undefined ? [] : store.all()) {
      if (!await exists!(session)) store.remove(session);
    }
    await this.#locks.hold(COPIES, async () => {
      const needed = new Set([...store.all().map(({ copy }) => copy), ...this.#inUse.values()]);
      await this.#copies.removeAllBut(needed);
    });
  }

  /** Untrusted things are told of once, until there are none any more. */
  #arrived(session: string, made: string, brought: Brought, told: string | null): TrustNews | null {
    if (!isNothing(brought)) {
      return told === null ? { kind: "brings", made, digest: brought.digest } : null;
    }
    if (told !== null) this.options.store.tell(session, made, null);
    return null;
  }

  #row(session: string, made: string, directory: string): TrustRow | null {
    const row = this.options.store.get(session);
    if (row === undefined || row.made !== made) return null;
    return row.extent === "always" && !this.options.always(directory) ? null : row;
  }

  async #pinAlways(session: string): Promise<void> {
    const { made, brought, row } = await this.view(session);
    const isSame = row?.extent === "always" && row.digest === brought.digest;
    if (isSame && await this.#copies.isSound(row.copy)) return;
    await this.#pin({ session, made, extent: "always", user: null }, brought);
  }

  /** First the copy, then the word that it counts: a crash in between leaves a copy that is cleaned away. */
  async #pin(
    by: Pick<TrustRow, "session" | "made" | "extent" | "user">,
    brought: Brought,
  ): Promise<void> {
    const { store, now } = this.options;
    const plan = planOf(brought, by.extent);
    const { permissions } = plan;
    const { digest, git } = brought;
    await this.#locks.hold(COPIES, async () => {
      const copy = await this.#copies.make(plan, brought.text);
      store.put({ ...by, copy, digest, permissions, git, at: now() });
    });
    store.tell(by.session, by.made, null);
    await this.clean();
  }
}

/** How many of the things are used. */
export const countUsed = (brought: Brought, extent: Extent): number =>
  usedBy(brought.things, extent).length + brought.git.length;

function asUnreadable(error: unknown): null {
  if (error instanceof UnreadableError) return null;
  throw error;
}
