import { fromFileUrl, join } from "@std/path";
import { type Journal, openJournal } from "../../lib/journal/mod.ts";
import { createSessionManager, type SessionManager } from "../../lib/sessions/mod.ts";
import { removeTree } from "../../lib/sessions/safe_file.ts";

export const BUILTIN_PERSONAS = fromFileUrl(new URL("../../personas", import.meta.url));

/** A home of its own below the system's directory for temporary files. */
export interface Home extends AsyncDisposable {
  /** What was made beside the home, to see that nothing else comes to lie there. */
  readonly outside: string;
  readonly home: string;
  readonly manager: SessionManager;
  readonly journal: Journal;
  /** A minute later at each look. */
  readonly now: () => Date;
  path(...parts: string[]): string;
}

export async function makeHome(): Promise<Home> {
  const outside = await Deno.realPath(await Deno.makeTempDir({ prefix: "switchboard-sessions-" }));
  const home = join(outside, "home");
  await Deno.mkdir(home);
  const journal = openJournal(":memory:");
  let minutes = 0;
  const now = () => new Date(Date.UTC(2026, 10, 20, 18, minutes++));
  return {
    outside,
    home,
    now,
    journal,
    manager: managerOf(home, now, journal),
    path: (...parts) => join(home, ...parts),
    async [Symbol.asyncDispose]() {
      journal.close();
      await removeTree(outside);
    },
  };
}

export function managerOf(home: string, now: () => Date, journal: Journal): SessionManager {
  return createSessionManager({
    home,
    records: journal.sessions,
    rules: { permissionMode: "default", allowBypass: false },
    builtinPersonas: BUILTIN_PERSONAS,
    now,
    idleTimeoutSeconds: 600,
  });
}

/** Every path below a directory with what it is, links not followed; for comparing before and after. */
export async function tree(directory: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isSymlink) paths.push(`${path} -> ${await Deno.readLink(path)}`);
    else if (entry.isDirectory) paths.push(`${path}/`, ...await tree(path));
    else paths.push(path);
  }
  return paths.sort();
}

/** The text of a JSON file as an object whose fields are looked at by tests. */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  const value: unknown = JSON.parse(await Deno.readTextFile(path));
  if (typeof value !== "object" || value === null) throw new TypeError(`${path} is no object`);
  return { ...value };
}

/** Numbers from 0 up to 1, the same in each run. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
