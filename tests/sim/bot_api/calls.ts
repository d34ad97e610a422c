import type { Changes } from "./changes.ts";

/** One request of the bot, written down when it arrives and completed when it was answered. */
export interface Call {
  /** From 1, in the order of arrival. */
  readonly seq: number;
  /** When it arrived and when it was answered, in milliseconds. */
  readonly at: number;
  ended?: number;
  /** The method as the bot spelled it; `file` for the download of a file. */
  readonly method: string;
  payload: Record<string, unknown>;
  /** The HTTP status that the bot got; null while pending or when it got none. */
  status: number | null;
  /** `dropped`: the bot got no answer. */
  outcome: "pending" | "ok" | "error" | "dropped";
  /** Whether the call had its effect, whatever the bot was told. */
  executed: boolean;
  /** What it was refused with. */
  description?: string;
  retry_after?: number;
  /** What was, or would have been, answered; of `getUpdates` only the updates' numbers. */
  result?: unknown;
}

/** The record of every request; also a file of JSON lines when a path is given. */
export class CallLog {
  readonly all: Call[] = [];
  #file: Deno.FsFile | undefined;

  constructor(
    private readonly changes: Changes,
    private readonly now: () => number,
    path: string | undefined,
  ) {
    this.#file = path === undefined
      ? undefined
      : Deno.openSync(path, { create: true, append: true });
  }

  begin(method: string): Call {
    const call: Call = {
      seq: this.all.length + 1,
      at: this.now(),
      method,
      payload: {},
      status: null,
      outcome: "pending",
      executed: false,
    };
    this.all.push(call);
    return call;
  }

  /** Notes what the call asks for, and lets waiting tests look. */
  read(call: Call, payload: Record<string, unknown>): void {
    call.payload = payload;
    this.changes.notify({ kind: "call" });
  }

  /** Completes the record, writes its line, and lets waiting tests look. */
  end(call: Call, outcome: Partial<Call> & Pick<Call, "outcome">): void {
    if (call.outcome !== "pending") return;
    Object.assign(call, outcome, { ended: this.now() });
    const line = new TextEncoder().encode(JSON.stringify(call) + "\n");
    let written = 0;
    while (this.#file && written < line.length) {
      written += this.#file.writeSync(line.subarray(written));
    }
    this.changes.notify({ kind: "call" });
  }

  /** Ends what is still open, as dropped. Idempotent. */
  close(): void {
    for (const call of this.all) {
      if (call.outcome === "pending") this.end(call, { outcome: "dropped" });
    }
    this.#file?.close();
    this.#file = undefined;
  }
}
