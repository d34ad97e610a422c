import type { CallbackQuery } from "grammy/types";
import type { Clock } from "../clock.ts";
import type { Conversations } from "../conversation/mod.ts";
import type { Homelab } from "../homelab/mod.ts";
import type { Journal, NewDelivery, Place, Watch } from "../journal/mod.ts";
import type { Archives, SessionManager, Trust } from "../sessions/mod.ts";
import type { Action, ButtonName } from "./buttons.ts";
import type { Call } from "./api/calls.ts";
import type { FormattedText, Part } from "./text/formatted.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { PollHealth } from "./api/poll_health.ts";
import type { Outputs, Rules, RunningClaude } from "./features/running.ts";
import type { StatusPresenter } from "./views/status.ts";

/** Readings of the machine that the program runs on; sizes in bytes. */
export interface Machine {
  ownMemory(): number;
  /** Processes with all that they started, by their pids; one that is gone is left out. */
  memoryOf(pids: readonly number[]): Promise<ReadonlyMap<number, number>>;
  freeSpace(): Promise<number>;
  journalSize(): Promise<number>;
}

/** A part of `/status`. */
export interface StatusReport {
  /** Names it where it has no lines to show. */
  readonly title: string;
  /** Its lines; none when there is nothing to say. */
  lines(context: Context): Promise<readonly Part[]>;
}

/** The runner of watches, as the commands see it. */
export interface Watching {
  /** The schedule that a text begins with and what follows it; or what is wrong with it. */
  read(
    text: string,
  ): { readonly schedule: string; readonly rest: string } | { readonly problem: string };
  /** When a watch is due; null when never again. */
  next(watch: Watch): number | null;
  /** A watch was added, removed, paused or resumed. */
  changed(): void;
  /** The name under which its cost stands in the journal. */
  bookedUnder(id: number): string;
}

/** The parts that handlers work with. */
export interface Context {
  readonly journal: Journal;
  readonly sessions: SessionManager;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly status: StatusPresenter;
  readonly health: PollHealth;
  readonly call: Call;
  readonly clock: Clock;
  readonly archives: Archives;
  /** The trust in the sessions' directories. */
  readonly trust: Trust;
  /** Ends the process of a session, if it has one, and waits until its metadata says so. */
  readonly closeProcess: (session: string) => Promise<void>;
  /** Starts the process of a session ahead of its first prompt. */
  readonly warm: (session: string) => void;
  /** The processes beside their turns: their models, modes and background tasks. */
  readonly claude: RunningClaude;
  readonly rules: Rules;
  /** The feature that the CLI in use lacks to lock and trust directories; null when it has all. */
  readonly lock: { readonly missing: string | null };
  readonly outputs: Outputs;
  readonly machine: Machine;
  readonly homelab: Homelab;
  /** The lines of other parts in `/status`. */
  readonly reports: readonly StatusReport[];
  readonly watching: Watching;
  readonly version: string;
  /** When the program started: what was sent before came while it was away. */
  readonly startedAt: number;
}

/** The answer to a command or a press: a text, perhaps with buttons. */
export interface Reply {
  readonly text: FormattedText;
  readonly extra?: object;
  /** Deliveries behind the text: a file, a picture. */
  readonly behind?: readonly NewDelivery[];
}

/** Who asks, and where. */
export interface Asker {
  readonly place: Place;
  readonly user: number;
}

/** A command of ours. Any other `/word` goes to Claude Code, which has commands of its own. */
export interface Command {
  readonly name: string;
  /** For Telegram's menu. */
  readonly description: string;
  readonly usage?: string;
  /** True when it may simply run again when a crash cut it off. */
  readonly repeatable: boolean;
  /** Served at once, beside what was sent before it. */
  readonly beside?: boolean;
  run(context: Context, asker: Asker, args: string): Promise<Reply>;
}

/** The outcome of a press: a toast for the one who pressed, and what its message becomes. */
export interface Pressed {
  readonly toast: string;
  /** The text that takes the place of the buttons' message. */
  readonly becomes?: FormattedText;
  /** The buttons below that text; none where there are none. */
  readonly extra?: object | undefined;
  /** Work that takes its time: a message of its own tells its end, which notifies. */
  readonly then?: Promise<FormattedText>;
  /** Work that goes on behind the answer, and is told by what it leads to. */
  readonly behind?: Promise<unknown>;
}

/**
 * Serves a button. Its action is data that anybody may have sent: who pressed it, where, and what it
 * names now is the handler's to check.
 */
export type PressHandler<A extends { readonly do: ButtonName }> = (
  context: Context,
  asker: Asker,
  action: A,
  query: CallbackQuery,
) => Pressed | Promise<Pressed>;

/** The handlers of a feature's buttons: one that is missing does not compile. */
export type Presses<Feature extends string> = {
  readonly [Name in Extract<ButtonName, `${Feature}.${string}`>]: PressHandler<Action<Name>>;
};
