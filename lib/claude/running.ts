import { z } from "zod";
import type { ControlAnswer, OurRequest } from "./control.ts";
import type { BackgroundTask, ContextUsage, InitializeInfo } from "./events.ts";
import type { Fleet } from "./fleet.ts";

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

/** The requests to the processes of a fleet beside their turns; nothing starts one but `start`. */
export class Running {
  /** The last answer of any process: all run the same CLI. */
  #lastInfo: InitializeInfo | undefined;

  constructor(readonly fleet: Fleet) {}

  alive(session: string): boolean {
    return this.fleet.get(session) !== undefined;
  }

  /** True when a turn runs. */
  working(session: string): boolean {
    return this.fleet.get(session)?.busy ?? false;
  }

  /**
   * Starts the process unless it is alive. Rejects with a sentence for the person.
   * @throws {FleetFullError} {@link StartError} as `Fleet.acquire` does.
   */
  async start(session: string): Promise<void> {
    await this.fleet.ready(session);
  }

  /** The commands and models of the session's process, or of the last one of another session; undefined before any. */
  initializeInfo(session: string): InitializeInfo | undefined {
    const infos = [session, ...this.fleet.sessions].map((each) => this.fleet.get(each)?.info);
    this.#lastInfo = infos.find((each) => each !== undefined) ?? this.#lastInfo;
    return this.#lastInfo;
  }

  /**
   * Changes the model; in a running turn it counts for later ones. The CLI accepts any name.
   * @returns the id that answers from now on; null when the CLI did not confirm it.
   */
  async setModel(session: string, model: string): Promise<string | null> {
    const answer = await this.#ask(session, { subtype: "set_model", model });
    return answer?.ok ? field(answer.response, "model") ?? model : null;
  }

  /** The mode that the process last named; null before its first turn. An accepted plan changes it. */
  mode(session: string): string | null {
    return this.fleet.get(session)?.mode ?? null;
  }

  /** Changes the permission mode, at once. @returns false when the CLI did not confirm it. */
  async setMode(session: string, mode: string): Promise<boolean> {
    const answer = await this.#ask(session, { subtype: "set_permission_mode", mode });
    return answer?.ok === true && field(answer.response, "mode") === mode;
  }

  /**
   * Changes the effort, null to the model's own. The CLI confirms nothing, so it is asked what it
   * applies then. @returns false when that is something else.
   */
  async setEffort(session: string, effort: string | null): Promise<boolean> {
    const settings = { effortLevel: effort };
    const answer = await this.#ask(session, { subtype: "apply_flag_settings", settings });
    if (answer?.ok !== true || effort === null) return answer?.ok === true;
    const applied = await this.#ask(session, { subtype: "get_settings" });
    return field((applied?.response as { applied?: unknown } | undefined)?.applied, "effort") ===
      effort;
  }

  /**
   * What a process is started with was changed. @returns whether one is starting, which then starts
   * again with it; false for one that is up and has to be told, and for none.
   */
  restartIfStarting(session: string): boolean {
    return this.fleet.restartIfStarting(session);
  }

  /** The process was started for something else: it ends, at the latest when it rests. */
  outdate(session: string): Promise<"none" | "starting" | "ended" | "later"> {
    return this.fleet.outdate(session);
  }

  /** The idle time was changed. */
  retime(session: string): void {
    this.fleet.retime(session);
  }

  /** The use of the context window; null when the CLI does not say. The estimate costs no call. */
  async contextUsage(session: string): Promise<ContextUsage | null> {
    const answer = await this.#ask(session, { subtype: "get_context_usage", detail: "summary" });
    const parsed = Context.safeParse(answer?.ok ? answer.response : undefined);
    if (!parsed.success) return null;
    const { model, totalTokens: tokens, maxTokens, categories } = parsed.data;
    const parts = categories.map(({ name, tokens, kind }) => ({
      name,
      tokens,
      kind: KINDS[kind] ?? "used",
    }));
    return { model, tokens, maxTokens, parts };
  }

  /** The living processes, with how many background tasks each has. */
  processes(): { session: string; pid: number; tasks: number }[] {
    return this.fleet.sessions.flatMap((session) => {
      const process = this.fleet.get(session);
      if (process === undefined) return [];
      return [{ session, pid: process.pid, tasks: process.backgroundTasks }];
    });
  }

  /** The background tasks of all sessions. */
  tasks(): { session: string; task: BackgroundTask }[] {
    return this.fleet.sessions.flatMap((session) =>
      (this.fleet.get(session)?.tasks ?? []).map((task) => ({ session, task }))
    );
  }

  /** Ends a background task. @returns false when the CLI did not answer. */
  async stopTask(session: string, task: string): Promise<boolean> {
    return (await this.#ask(session, { subtype: "stop_task", task_id: task }))?.ok === true;
  }

  /** Asks the living process of a session, if there is one. */
  async #ask(session: string, request: OurRequest): Promise<ControlAnswer> {
    return await this.fleet.get(session)?.control(request);
  }
}

function field(value: unknown, key: string): string | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : undefined;
}
