/**
 * What happens to a call instead of its answer, or around it. With the two resets, mind that Deno
 * 2.9's `fetch` by itself sends a request again when a connection that it had used before closes
 * without an answer, POST or not, unless the body is a stream: the server then sees the call twice.
 */
export type FaultAction =
  /** This status and body; the call is not executed. */
  | { status: number; body?: unknown }
  /** A 429, and the window that it opens is kept. */
  | { tooManyRequests: number }
  /** The connection is closed; the call was not executed. */
  | "reset-before"
  /** The call is executed, and the connection closed without an answer. */
  | "reset-after"
  /** The call waits, then goes on as usual. */
  | { delayMs: number }
  /** No answer, and no effect, until the caller gives up or the fault is removed. */
  | "hang"
  /** The call is executed; its answer begins, and never ends while the caller waits. */
  | "stall"
  /** A 200 with this as its body; the call is not executed. */
  | { raw: string };

export interface FaultRule {
  /** Which calls; all but getUpdates when it is not given. `file` is the download of a file. */
  method?: string | RegExp;
  /** How often; always when it is not given. */
  times?: number;
  /** 0 to 1, from a seeded generator, so that a run can be repeated. */
  probability?: number;
  /** The seed of the generator; 1. */
  seed?: number;
  when?: (payload: Record<string, unknown>) => boolean;
  do: FaultAction;
}

export interface FaultHandle {
  /** How often it struck. */
  readonly struck: number;
  remove(): void;
}

interface Fault {
  rule: FaultRule;
  struck: number;
  random: () => number;
  removed: AbortController;
}

export interface Strike {
  action: FaultAction;
  /** Aborted when the fault is removed. */
  removed: AbortSignal;
}

/** The faults that tests have ordered, tried in their order. */
export class Faults {
  readonly #faults = new Set<Fault>();

  add(rule: FaultRule): FaultHandle {
    const fault: Fault = {
      rule,
      struck: 0,
      random: seeded(rule.seed ?? 1),
      removed: new AbortController(),
    };
    this.#faults.add(fault);
    return {
      get struck() {
        return fault.struck;
      },
      remove: () => {
        this.#faults.delete(fault);
        fault.removed.abort();
      },
    };
  }

  clear(): void {
    for (const fault of this.#faults) fault.removed.abort();
    this.#faults.clear();
  }

  /** The fault that meets this call; it counts as used. */
  strike(method: string, payload: Record<string, unknown>): Strike | undefined {
    for (const fault of this.#faults) {
      const { rule } = fault;
      if (rule.times !== undefined && fault.struck >= rule.times) continue;
      if (!meets(rule, method, payload)) continue;
      if (rule.probability !== undefined && fault.random() >= rule.probability) continue;
      fault.struck++;
      return { action: rule.do, removed: fault.removed.signal };
    }
    return undefined;
  }
}

function meets(rule: FaultRule, method: string, payload: Record<string, unknown>): boolean {
  const named = rule.method === undefined
    ? method !== "getUpdates"
    : typeof rule.method === "string"
    ? rule.method === method
    : rule.method.test(method);
  return named && (rule.when?.(payload) ?? true);
}

/** Numbers from 0 to 1 that are the same for the same seed (a linear congruential generator). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
