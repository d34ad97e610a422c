import { runner, type RunProgram } from "../programs.ts";
import { denoSpawn, type Spawn } from "../claude/launch.ts";
import { createLock, type Lock, type LockOptions } from "../claude/lock.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Sessions } from "../journal/mod.ts";
import { lookAt, type Looked } from "./guards.ts";
import { rulesOf } from "./launches.ts";
import { childEnvironment } from "./permissions.ts";
import { createSessionManager, type SessionManager } from "../sessions/mod.ts";
import type { TrustDisk } from "../sessions/mod.ts";
import type { Settings } from "../settings/mod.ts";
import { closedPlaces, trustDisk } from "./trust.ts";
import { type Call, createCall } from "../telegram/mod.ts";

/** Everything outside of the program that its parts act on; a simulation hands in one of its own. */
export interface Environment {
  readonly clock: Clock;
  readonly spawn: Spawn;
  readonly run: RunProgram;
  readonly call: Call;
  /** The sessions of the home, with what the journal knows of them. */
  readonly sessions: (records: Sessions) => SessionManager;
  /** Makes what stands between the directories and the processes that run in them. */
  readonly lock: (parts: Pick<LockOptions, "proved" | "process">) => Lock;
  readonly trustDisk: TrustDisk;
  /** What a session's directory holds that its process must not follow by itself. */
  readonly look: (directory: string) => Promise<Looked>;
  readonly uuid: () => string;
}

/** The environment with the sessions of an open journal. */
export type OpenEnvironment = Omit<Environment, "sessions"> & { readonly sessions: SessionManager };

/** This machine, and the Telegram and the home that the settings name. */
export function systemEnvironment(
  settings: Settings,
  builtinPersonas: string,
  env: (name: string) => string | undefined,
): Environment {
  const clock = systemClock;
  const uuid = () => crypto.randomUUID();
  const childEnv = childEnvironment(env, settings.claude.env);
  return {
    clock,
    spawn: denoSpawn,
    run: runner(env("PATH") ?? "/usr/local/bin:/usr/bin:/bin"),
    call: createCall(settings.token, settings.telegram.api_root),
    sessions: (records) =>
      createSessionManager({
        home: settings.home,
        builtinPersonas,
        records,
        now: () => new Date(clock.now()),
        idleTimeoutSeconds: settings.claude.idle_minutes * 60,
        rules: rulesOf(settings),
      }),
    lock: (parts) => createLock({ ...parts, home: settings.home, uuid }),
    trustDisk: trustDisk(settings.home, closedPlaces(settings, childEnv), uuid),
    look: lookAt,
    uuid,
  };
}
