/**
 * What the states of PVE mean for a person. A state that is not listed here is unknown, never well.
 * @module
 */
import type { Level } from "../../level.ts";
import { oneLine } from "../../text.ts";

/** How a state is said. */
export interface State {
  readonly level: Level;
  readonly text: string;
}

const ok = (text: string): State => ({ level: "ok", text });
const warn = (text: string): State => ({ level: "warn", text });
const bad = (text: string): State => ({ level: "bad", text });

/** pve-manager 9.2 pvestatd hands on `qmpstatus`: QEMU's `RunState`; PVE itself says stopped and unknown. */
const GUEST: Readonly<Record<string, State>> = {
  running: ok("running"),
  stopped: ok("stopped"),
  suspended: ok("asleep"),
  paused: warn("paused"),
  prelaunch: warn("not started yet: it waits for a word to go on"),
  inmigrate: ok("being migrated to here"),
  postmigrate: ok("migrated from here"),
  "finish-migrate": ok("being migrated"),
  "restore-vm": ok("being restored"),
  "save-vm": ok("being saved"),
  colo: ok("running (COLO)"),
  debug: warn("held by a debugger"),
  shutdown: warn("shut down, and its process is still there"),
  "io-error": bad("halted: its disk gives errors, or is full"),
  "internal-error": bad("halted: QEMU failed"),
  "guest-panicked": bad("its kernel has panicked"),
  watchdog: bad("halted by its watchdog"),
  unknown: { level: "unknown", text: "unknown: its node sends nothing about it" },
};

/** pve-ha-manager b71218f `$valid_service_states`; until HA has seen a guest, what its configuration asks for. */
const HA_GUEST: Readonly<Record<string, State>> = {
  started: ok(""),
  enabled: ok(""),
  stopped: ok(""),
  disabled: ok(""),
  ignored: ok(""),
  request_start: ok("HA starts it"),
  request_start_balance: ok("HA starts it on another node"),
  request_stop: ok("HA stops it"),
  migrate: ok("HA migrates it"),
  relocate: ok("HA moves it"),
  freeze: warn("HA leaves it alone (frozen) while its node restarts"),
  fence: bad("HA waits for its node to be fenced"),
  recovery: bad("HA recovers it from a lost node"),
  error: bad("HA state error: HA has given it up; disable it, mend it, enable it"),
};

/** pve-ha-manager b71218f `$valid_node_states`. */
const HA_NODE: Readonly<Record<string, State>> = {
  online: ok(""),
  // Left over where HA looks after nothing; whether the node is online PVE says itself.
  unknown: ok(""),
  maintenance: warn("in HA maintenance"),
  fence: bad("HA is fencing it"),
  gone: warn("HA has lost it from the cluster"),
};

const read = (states: Readonly<Record<string, State>>, state: string, whose: string): State =>
  Object.hasOwn(states, state)
    ? states[state]!
    : { level: "unknown", text: `unknown: ${whose} says '${oneLine(state, 40)}'` };

export const guestState = (state: string): State => read(GUEST, state, "PVE");
export const haGuestState = (state: string): State => read(HA_GUEST, state, "HA");
export const haNodeState = (state: string): State => read(HA_NODE, state, "HA");

/** The HA states in which a guest should be running. */
export const HA_RUNS: ReadonlySet<string> = new Set(["started", "enabled", "error"]);
