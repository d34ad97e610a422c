import type { Params } from "../params.ts";
import type { World } from "../world.ts";

/** What a method of the Bot API works with. */
export interface MethodCall {
  readonly world: World;
  readonly params: Params;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** A method of the Bot API: gives the result, or throws an `ApiError`. */
export type Method = (call: MethodCall) => unknown;
