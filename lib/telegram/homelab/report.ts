import type { Probe, ProbeName } from "../../homelab/mod.ts";
import { button, encode, keyboard } from "../buttons.ts";
import type { Reply } from "../context.ts";
import { renderReport } from "./render.ts";

/** A button's data has 64 bytes. */
const MOST_BYTES = 64;
/** A check ends by itself within its time. */
export const NEVER = new AbortController().signal;

/** A fresh report of a probe, with its buttons. */
export async function reportReply(
  name: ProbeName,
  probe: Probe,
  only: string,
): Promise<Reply> {
  const report = await probe.check(NEVER, only === "" ? undefined : only);
  const refresh = { do: "report", act: "refresh", probe: name, only } as const;
  const fits = new TextEncoder().encode(encode(refresh)).length <= MOST_BYTES;
  return {
    text: renderReport(report),
    extra: keyboard([
      ...(fits ? [button("🔄 Refresh", refresh)] : []),
      button("💬 Ask Claude", { do: "report", act: "ask", probe: name }),
    ]),
  };
}
