import { join, resolve } from "@std/path";
import type { TurnEvent } from "../claude/events.ts";
import type { Lock } from "../claude/lock.ts";
import type { Clock } from "../clock.ts";
import type { Conversations } from "../conversation/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import {
  broughtBy,
  type Closed,
  Copies,
  gitTroubles,
  realPathOf,
  type SessionManager,
  Trust,
  type TrustDisk,
} from "../sessions/mod.ts";
import { secretFiles } from "./permissions.ts";
import type { Settings } from "../settings/mod.ts";
import { tellTrustNews } from "../telegram/mod.ts";

const log = logger("trust");

/**
 * Where nothing of a directory may reach even when it is trusted: our own files, those with secrets, and
 * what the CLI itself is configured by.
 * @param env of the CLI's processes.
 */
export function closedPlaces(
  settings: Settings,
  env: Readonly<Record<string, string>>,
): Closed {
  const userHome = resolve(env["HOME"] ?? "/root");
  const config = env["CLAUDE_CONFIG_DIR"] ?? join(userHome, ".claude");
  const paths = [resolve(settings.home), ...secretFiles(settings), resolve(config)];
  return { userHome, paths };
}

/** The directories and the copies on this machine's disk. */
export function trustDisk(home: string, closed: Closed, uuid: () => string): TrustDisk {
  return {
    async look(directory) {
      const real = await Promise.all(closed.paths.map(realPathOf));
      const paths = [...new Set([...closed.paths, ...real])];
      return await broughtBy(directory, await gitTroubles(directory), { ...closed, paths });
    },
    copies: new Copies(join(home, "trust"), uuid),
  };
}

/** The parts that trust is made of. */
interface Outside {
  readonly sessions: Pick<SessionManager, "identity">;
  readonly clock: Clock;
  readonly trustDisk: TrustDisk;
}

/** The trust in the sessions' directories of one home. */
export function createTrust(
  settings: Pick<Settings, "home" | "projects">,
  journal: Journal,
  { sessions, clock, trustDisk: disk }: Outside,
  lock: Pick<Lock, "missing">,
): Trust {
  return new Trust({
    disk,
    store: journal.trust,
    now: () => clock.now(),
    session: (name) => sessions.identity(name),
    always: (directory) => alwaysTrusted(settings).has(directory),
    unavailable: () => lock.missing,
  });
}

/** The directories that the settings trust whatever they bring. */
function alwaysTrusted({ home, projects }: Pick<Settings, "home" | "projects">): Set<string> {
  const always = Object.values(projects).flatMap((project) =>
    typeof project !== "string" && project.trust === "always" ? [project.directory] : []
  );
  return new Set(always.map((directory) => resolve(home, directory)));
}

/** Passes on what a session's process says; after each turn, what it brought into the directory is told. */
export function hearing(
  conversations: () => Conversations,
  told: Parameters<typeof tellTrustNews>[0],
): (session: string, event: TurnEvent) => void {
  return (session, event) => {
    const turn = event.type === "ended" ? conversations().of(session).turn : undefined;
    conversations().heard(session, event);
    if (turn === undefined) return;
    tellTrustNews(told, turn).catch((error) =>
      log.error("Cannot look at the directory of {session}: {error}", { session, error })
    );
  };
}
