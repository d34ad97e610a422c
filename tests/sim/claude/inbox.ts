/** What waits for the model: queueing, merging, steering, cutting in, and the lifecycle lines. */

import type { Block } from "../messages_api/decide.ts";
import { commandOf } from "./commands.ts";
import type { Context, Cut } from "./context.ts";
import { lifecycleLine } from "./lines.ts";
import { replay, runTurn } from "./turn.ts";
import { TurnState } from "./turn_state.ts";
import type { Line } from "./wire.ts";

export interface Item {
  readonly uuid: string | undefined;
  readonly content: string | readonly Block[];
  readonly priority: "now" | "next" | "later";
  /** No commands in it (`client_composed`). */
  readonly literal: boolean;
  /** False: only added to the context. */
  readonly query: boolean;
  /** A turn that nobody asked for. */
  readonly origin?: Line;
}

export class Inbox {
  readonly #queue: Item[] = [];
  #turn: TurnState | undefined;
  #starting: ReturnType<typeof setTimeout> | undefined;
  #idle: (() => void)[] = [];
  #turnsBegun = 0;
  readonly #ended = new Set<string>();
  /** An interrupt that came before the first turn of the process stops that turn. */
  #latched = false;

  constructor(readonly context: () => Context) {}

  get length(): number {
    return this.#queue.length;
  }

  /** Nothing runs and nothing is about to. */
  get idle(): boolean {
    return this.#turn === undefined && this.#queue.length === 0;
  }

  async whenIdle(): Promise<void> {
    if (!this.idle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** A uuid ends once in the life of a process: what comes again later is passed over in silence. */
  lifecycle(uuid: string, state: "queued" | "started" | "completed" | "cancelled"): void {
    const ctx = this.context();
    const ends = state === "completed" || state === "cancelled";
    if (ends && this.#ended.has(uuid)) return;
    if (ends) this.#ended.add(uuid);
    if (!ctx.old) ctx.wire.emit(lifecycleLine(uuid, state));
  }

  add(item: Item): void {
    // Two lines that arrive together: the first one begins its turn alone.
    if (this.#starting !== undefined) this.#begin();
    const ctx = this.context();
    if (item.uuid !== undefined) {
      if (this.#isPending(item.uuid)) return;
      if (ctx.conversation.knows(item.uuid)) {
        this.lifecycle(item.uuid, "completed");
        return replay(ctx, [item], item.content);
      }
      if (item.priority === "now" && this.#turn) ctx.permissions.withdraw();
      if (this.idle) ctx.state("running");
      this.lifecycle(item.uuid, "queued");
    } else if (this.idle) ctx.state("running");
    this.#queue.push(item);
    if (this.#turn) {
      if (item.priority === "now") {
        ctx.permissions.withdraw();
        this.#turn.cut("now");
      }
      return;
    }
    this.#starting ??= setTimeout(() => this.#begin(), 0);
  }

  /** Interrupts the running turn; what waited is listed, and taken back if so wanted. */
  interrupt(cancelQueued: boolean, by: Cut = "interrupt"): Line {
    const waiting = this.#queue.flatMap((item) => item.uuid ?? []);
    if (cancelQueued) {
      this.#queue.length = 0;
      for (const uuid of waiting) this.lifecycle(uuid, "cancelled");
      this.#settleIfIdle();
    } else if (this.#turnsBegun === 0 && this.#queue.length > 0) this.#latched = true;
    if (this.#turn) {
      this.context().permissions.withdraw();
      this.#turn.cut(by);
    }
    return cancelQueued ? { still_queued: [], cancelled: waiting } : { still_queued: waiting };
  }

  /** Takes one waiting line back; false when it is too late. */
  cancel(uuid: string): boolean {
    const at = this.#queue.findIndex((item) => item.uuid === uuid);
    if (at < 0) return false;
    this.#queue.splice(at, 1);
    this.lifecycle(uuid, "cancelled");
    this.#settleIfIdle();
    return true;
  }

  /** What came during the turn and may join it between two calls of the model. */
  takeSteered(): Item[] {
    const steered = this.#queue.filter((item) =>
      item.priority === "next" && !isCommand(item) && !item.origin
    );
    for (const item of steered) this.#queue.splice(this.#queue.indexOf(item), 1);
    return steered;
  }

  #isPending(uuid: string): boolean {
    return this.#queue.some((item) => item.uuid === uuid) ||
      this.#turn?.uuids.includes(uuid) === true;
  }

  #begin(): void {
    clearTimeout(this.#starting);
    this.#starting = undefined;
    if (this.#queue.length > 0 && !this.#turn) void this.#work();
    else this.#settleIfIdle();
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#turnsBegun === 0 ? this.#queue.splice(0, 1) : this.#nextBatch();
      const uuids = batch.flatMap((item) => item.uuid ?? []);
      const turn = new TurnState(uuids);
      this.#turn = turn;
      this.#turnsBegun++;
      if (this.#latched) turn.cut("interrupt");
      this.#latched = false;
      for (const item of batch.slice(0, -1)) replay(this.context(), [item], item.content);
      for (const uuid of uuids) this.lifecycle(uuid, "started");
      await runTurn(this.context(), batch, turn, this);
    }
    this.#turn = undefined;
    this.#settleIfIdle();
  }

  /** Urgent lines come first and alone; a command stands alone; all others go together. */
  #nextBatch(): Item[] {
    const urgent = this.#queue.filter((item) => item.priority === "now");
    if (urgent.length > 0) {
      for (const item of urgent) this.#queue.splice(this.#queue.indexOf(item), 1);
      return urgent;
    }
    const alone = (item: Item) => isCommand(item) || item.origin !== undefined || !item.query;
    const until = this.#queue.findIndex(alone);
    const count = until < 0 ? this.#queue.length : Math.max(until, 1);
    return this.#queue.splice(0, count);
  }

  #settleIfIdle(): void {
    if (!this.idle || this.#starting !== undefined && this.#queue.length > 0) return;
    this.context().state("idle");
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function isCommand(item: Item): boolean {
  return !item.literal && typeof item.content === "string" && commandOf(item.content) !== undefined;
}
