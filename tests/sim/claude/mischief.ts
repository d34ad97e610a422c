/** What a script can make the process do that a well-behaved one does not. */

import type { Mark } from "../messages_api/script.ts";
import type { Context } from "./context.ts";
import { complain } from "./wire.ts";

/** The words that {@linkcode perform} knows; `STDERR:text` is read by the script itself. */
export const WORDS = [
  "CRASH",
  "CRASHSIG",
  "GARBAGE",
  "SILENT",
  "IGNORETERM",
  "EXIT",
  "BIGLINE",
  "NOLIFECYCLE",
];

/** Does what the marks say that are due after `deltas` deltas. May never return. */
export async function perform(ctx: Context, marks: readonly Mark[], deltas: number): Promise<void> {
  for (const mark of marks) if (mark.after === deltas) await act(ctx, mark);
}

async function act(ctx: Context, mark: Mark): Promise<void> {
  switch (mark.name) {
    case "CRASH":
      await ctx.wire.flush();
      complain("panic: the stand-in crashed because the prompt told it to");
      return await ctx.exit(Number(mark.value) || 1);
    case "CRASHSIG":
      await ctx.wire.flush();
      ctx.record("exit", { signal: "SIGKILL" });
      Deno.kill(Deno.pid, "SIGKILL");
      return await forever();
    case "EXIT":
      return await ctx.exit(Number(mark.value) || 0);
    case "SILENT":
      ctx.silent = true;
      await ctx.wire.flush();
      ctx.wire.mute();
      return await forever();
    case "IGNORETERM":
      ctx.ignoreTerm = true;
      return;
    case "NOLIFECYCLE":
      ctx.old = true;
      return;
    case "STDERR":
      return complain(mark.value);
    case "BIGLINE": {
      const padding = "x".repeat((Number(mark.value) || 1) * 1024 * 1024);
      return ctx.wire.emit({ type: "system", subtype: "big_line", padding });
    }
    case "GARBAGE":
      return garbage(ctx);
  }
}

function garbage(ctx: Context): void {
  ctx.wire.raw("this is not JSON\n");
  ctx.wire.raw('{"type":"assistant","message":{"role":"assis\n');
  ctx.wire.raw("null\n42\n[1,2]\n{}\n\n");
  ctx.wire.emit({ type: "from_the_future", payload: { nested: [1, { deep: true }] } });
  ctx.wire.emit({ type: "system", subtype: "from_the_future" });
  ctx.wire.raw('{"type":"assistant"}\n{"type":"stream_event"}\n{"type":"control_request"}\n');
}

/** Waits for ever; the timer keeps the process alive when stdin is closed. */
export function forever(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1 << 30));
}
