/** A directory that brings things, and what decides about them, without a journal. */
import { dirname, join } from "@std/path";
import type { TrustRow } from "../../../lib/journal/mod.ts";
import {
  broughtBy,
  type Closed,
  Copies,
  Trust,
  type TrustOptions,
  type TrustStore,
} from "../../../lib/sessions/mod.ts";

export class Stage implements AsyncDisposable {
  readonly rows = new Map<string, TrustRow>();
  readonly toldOf = new Map<string, string>();
  readonly trust: Trust;
  git: string[] = [];
  created = "2026-01-01T00:00:00.000Z";
  always = false;
  unavailable: string | null = null;
  readonly closed: Closed;

  private constructor(readonly home: string) {
    this.closed = { userHome: "/srv/owner", paths: [home] };
    this.trust = new Trust(this.#options());
  }

  static async make(files: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const stage = new Stage(await Deno.makeTempDir({ prefix: "switchboard-trust-" }));
    await Deno.mkdir(stage.directory, { recursive: true });
    await Deno.mkdir(join(stage.home, "trust/empty"), { recursive: true });
    for (const [path, text] of Object.entries(files)) await stage.write(path, text);
    return stage;
  }

  get directory(): string {
    return join(this.home, "sessions/work");
  }

  async write(path: string, text: string | Uint8Array): Promise<void> {
    const full = join(this.directory, path);
    await Deno.mkdir(dirname(full), { recursive: true });
    await Deno.writeFile(full, typeof text === "string" ? new TextEncoder().encode(text) : text, {
      mode: 0o755,
    });
  }

  /** Trusts what there is now. @returns the names in its copy. */
  async use(extent: "shown" | "mayChange" = "shown"): Promise<void> {
    const { brought } = await this.trust.view("work");
    const other = await this.trust.use("work", brought.digest, extent, 1);
    if (other !== null) throw new Error("It changed meanwhile");
  }

  /** The files that a process is given, by their paths. */
  async given(): Promise<Record<string, string>> {
    const trusted = await this.trust.forProcess("work");
    if (trusted === null || trusted.configRoot === null) return {};
    return await readTree(trusted.configRoot);
  }

  /** The names in `trust/`. */
  async copies(): Promise<string[]> {
    return (await Array.fromAsync(Deno.readDir(join(this.home, "trust")), ({ name }) => name))
      .filter((name) => name !== "empty").sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("chmod", { args: ["-R", "u+w", this.home] }).output();
    await Deno.remove(this.home, { recursive: true });
  }

  #options(): TrustOptions {
    return {
      disk: {
        look: (directory) => broughtBy(directory, this.git, this.closed),
        copies: new Copies(join(this.home, "trust"), () => crypto.randomUUID()),
      },
      store: this.#store(),
      now: () => 0,
      session: () => Promise.resolve({ created: this.created, directory: this.directory }),
      always: () => this.always,
      unavailable: () => this.unavailable,
    };
  }

  #store(): TrustStore {
    const key = (session: string, made: string) => `${session} ${made}`;
    return {
      get: (session) => this.rows.get(session),
      all: () => [...this.rows.values()],
      put: (row) => void this.rows.set(row.session, row),
      remove: (session) => void this.rows.delete(session),
      told: (session, made) => this.toldOf.get(key(session, made)) ?? null,
      tell: (session, made, digest) => {
        if (digest === null) this.toldOf.delete(key(session, made));
        else this.toldOf.set(key(session, made), digest);
      },
    };
  }
}

async function readTree(directory: string, prefix = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(join(directory, prefix))) {
    const path = prefix + name;
    if (isDirectory) Object.assign(found, await readTree(directory, `${path}/`));
    else found[path] = await Deno.readTextFile(join(directory, path));
  }
  return found;
}

/** A settings file with one hook. */
export const hook = (command: string, event = "PostToolUse", matcher = "Edit|Write") =>
  JSON.stringify({ hooks: { [event]: [{ matcher, hooks: [{ type: "command", command }] }] } });
