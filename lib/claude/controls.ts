import { z } from "zod";
import type { ControlAnswer } from "./control.ts";
import type { ContextUsage } from "./events.ts";

/** A process that answers control requests. */
export interface Controllable {
  control(request: { subtype: string; [key: string]: unknown }): Promise<ControlAnswer>;
}

/**
 * Changes the model; in a running turn it counts for later ones. The CLI accepts any name.
 * @returns the id that answers from now on; null when the CLI did not confirm it.
 */
export async function setModel(process: Controllable, model: string): Promise<string | null> {
  const answer = await process.control({ subtype: "set_model", model });
  return answer?.ok ? field(answer.response, "model") ?? model : null;
}

/** Changes the permission mode, at once. @returns false when the CLI did not confirm it. */
export async function setMode(process: Controllable, mode: string): Promise<boolean> {
  const answer = await process.control({ subtype: "set_permission_mode", mode });
  return answer?.ok === true && field(answer.response, "mode") === mode;
}

/**
 * Changes the effort, null to the model's own. The CLI confirms nothing, so it is asked what it
 * applies then. @returns false when that is something else.
 */
export async function setEffort(process: Controllable, effort: string | null): Promise<boolean> {
  const settings = { effortLevel: effort };
  const answer = await process.control({ subtype: "apply_flag_settings", settings });
  if (answer?.ok !== true || effort === null) return answer?.ok === true;
  const applied = await process.control({ subtype: "get_settings" });
  return field((applied?.response as { applied?: unknown } | undefined)?.applied, "effort") ===
    effort;
}

/** Ends a background task. @returns false when the CLI did not answer. */
export async function stopTask(process: Controllable, id: string): Promise<boolean> {
  return (await process.control({ subtype: "stop_task", task_id: id }))?.ok === true;
}

const Category = z.looseObject({
  name: z.string(),
  tokens: z.number(),
  kind: z.string().catch(""),
});
const Context = z.looseObject({
  model: z.string().catch(""),
  totalTokens: z.number(),
  maxTokens: z.number(),
  categories: z.array(Category).catch([]),
});

const KINDS: Readonly<Record<string, ContextUsage["parts"][number]["kind"]>> = {
  free: "free",
  buffer: "buffer",
  deferred: "deferred",
};

/** How full the conversation is; null when the CLI does not say. The estimate costs no call. */
export async function contextUsage(process: Controllable): Promise<ContextUsage | null> {
  const answer = await process.control({ subtype: "get_context_usage", detail: "summary" });
  const parsed = Context.safeParse(answer?.ok ? answer.response : undefined);
  if (!parsed.success) return null;
  const { model, totalTokens, maxTokens, categories } = parsed.data;
  return {
    model,
    tokens: totalTokens,
    maxTokens,
    parts: categories.map(({ name, tokens, kind }) => ({
      name,
      tokens,
      kind: KINDS[kind] ?? "used",
    })),
  };
}

function field(value: unknown, key: string): string | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : undefined;
}
