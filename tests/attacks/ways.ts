/** The ways on which a stranger's files come into a session, each with the moments that follow. */
import { join } from "@std/path";
import { type Arena, SESSION } from "./arena.ts";
import { makeRepository, plantAll, shell, strangersArchive } from "./planting.ts";
import type { Plant } from "./plants.ts";

/** A moment at which what is planted may have an effect. */
export interface Moment {
  readonly name: string;
  /** Whether a process begins, which reads the project's memory. */
  readonly starts: boolean;
  /** Brings the arena there. */
  readonly come: (arena: Arena) => Promise<void>;
}

export interface Way {
  readonly name: string;
  /** Plants that cannot come on this way. */
  readonly without?: (plant: Plant) => boolean;
  readonly moments: (plants: readonly Plant[]) => readonly Moment[];
}

const RESUMED: Moment = { name: "resumed", starts: true, come: (arena) => arena.restart() };

/** A session whose process lives and has answered once. */
async function begun(arena: Arena): Promise<void> {
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await arena.turn();
}

export const WAYS: readonly Way[] = [
  {
    name: "a fresh session",
    moments: (plants) => [{
      name: "at its first start",
      starts: true,
      async come(arena) {
        await arena.bench.start();
        await arena.call(`/new ${SESSION}`);
        await arena.bench.end("SIGTERM");
        await plantAll(arena, plants, arena.cwd);
        arena.forget();
        await arena.bench.start();
      },
    }, RESUMED],
  },
  {
    name: "a restored archive",
    moments: (plants) => [{
      name: "at its first start",
      starts: true,
      async come(arena) {
        const directory = join(arena.outside, "session");
        await plantAll(arena, plants, directory);
        await strangersArchive(arena, directory, { name: SESSION, file: "found.tar.gz" });
        await arena.bench.start();
        await arena.call("/restore found.tar.gz");
        arena.forget();
        await arena.call(`/session ${SESSION}`);
      },
    }, RESUMED],
  },
  {
    name: "an approved git pull",
    without: ({ git }) => git !== undefined,
    moments: (plants) => [{
      name: "in the running process",
      starts: false,
      async come(arena) {
        await begun(arena);
        const upstream = join(arena.outside, "upstream");
        await makeRepository(upstream);
        await shell(arena.cwd, `git clone -q ${upstream} clone`, "mv clone/.git .", "rm -r clone");
        await shell(arena.cwd, "git reset -q --hard");
        await plantAll(arena, plants, upstream, { git: false });
        await shell(upstream, "git add -A -f", "git commit -q -m planted");
        arena.decide = ({ text }) => text.includes("git pull");
        await arena.turn("TOOL:bash:git pull -q");
        arena.decide = () => false;
        arena.forget();
      },
    }, RESUMED],
  },
  {
    name: "files that appear",
    moments: (plants) => [{
      name: "in the running process",
      starts: false,
      async come(arena) {
        await begun(arena);
        await plantAll(arena, plants, arena.cwd);
        arena.forget();
      },
    }, RESUMED],
  },
];
