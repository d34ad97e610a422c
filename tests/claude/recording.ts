import type { TurnEvent } from "../../lib/claude/events.ts";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { TurnAccounting } from "../../lib/claude/turns.ts";

const DIRECTORY = new URL("../fixtures/claude/", import.meta.url);

type Json = Readonly<Record<string, unknown>>;

/** One line of a recording of the real CLI; `out` is what it printed, `in` what it was told. */
export interface Line {
  readonly dir: "meta" | "in" | "in-raw" | "out" | "stderr" | "exit" | "note";
  readonly v: Json;
}

/** The names of all recordings. */
export function recordings(): string[] {
  return [...Deno.readDirSync(DIRECTORY)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ndjson")).map((name) => name.replace(/\.ndjson$/, "")).sort();
}

export function recording(name: string): Line[] {
  const text = Deno.readTextFileSync(new URL(`${name}.ndjson`, DIRECTORY));
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

/** What the CLI of a recording printed, line by line. */
export function printed(name: string): string[] {
  return recording(name).filter(({ dir }) => dir === "out").map(({ v }) => JSON.stringify(v));
}

/** What a recording said on stderr. */
export function complaints(name: string): string {
  return recording(name).filter(({ dir }) => dir === "stderr").map(({ v }) => String(v)).join("");
}

/** What our side makes of a recording. */
export interface Replay {
  readonly events: readonly TurnEvent[];
  /** The uuids of the prompts that were sent, in their order, repeated ones twice. */
  readonly sent: readonly string[];
  readonly garbage: readonly string[];
  readonly pending: readonly string[];
  readonly busy: boolean;
}

/** Plays a recording through the decoder and the accounting. */
export function replay(name: string): Replay {
  const turns = new TurnAccounting();
  const events: TurnEvent[] = [];
  const sent: string[] = [];
  const garbage: string[] = [];
  for (const { dir, v } of recording(name)) {
    if (dir === "in" && v["type"] === "user" && typeof v["uuid"] === "string") {
      sent.push(v["uuid"]);
      turns.sent(v["uuid"]);
    }
    if (dir !== "out") continue;
    const decoded = decodeLine(JSON.stringify(v));
    if (decoded.kind === "garbage") garbage.push(decoded.why);
    if (decoded.kind === "message") events.push(...turns.accept(decoded.message));
  }
  return { events, sent, garbage, pending: turns.pending, busy: turns.busy };
}

/** The events of one type. */
export function only<T extends TurnEvent["type"]>(
  events: readonly TurnEvent[],
  type: T,
): Extract<TurnEvent, { type: T }>[] {
  return events.filter((event): event is Extract<TurnEvent, { type: T }> => event.type === type);
}

/** The texts that the model, or the CLI in its place, said on the main thread; no error texts. */
export function spoken(name: string): string[] {
  interface Said {
    type: string;
    parent_tool_use_id?: string | null;
    error?: string;
    message?: { model?: string; content?: { type: string; text?: string }[] };
  }
  return recording(name).filter(({ dir }) => dir === "out").flatMap(({ v }) => {
    const line = v as unknown as Said;
    if (line.type !== "assistant" || line.parent_tool_use_id) return [];
    if (line.error !== undefined && line.message?.model === "<synthetic>") return [];
    return (line.message?.content ?? []).flatMap(({ text }) => text ? [text] : []);
  });
}

/** The last `total_cost_usd` that the CLI reported. */
export function reportedCost(name: string): number {
  const costs = recording(name).map(({ v }) => v["total_cost_usd"])
    .filter((cost) => typeof cost === "number");
  return costs.at(-1) ?? 0;
}
