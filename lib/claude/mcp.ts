import { z } from "zod";
import { logger } from "../log/mod.ts";
import { oneLine } from "../text.ts";
import type { Controllable } from "./control.ts";
import type { FailedServer, TurnEvent } from "./events.ts";
import type { FromCli } from "./protocol.ts";

const log = logger("claude");

/** More are counted. */
const NAMED = 10;
const LONGEST = { name: 80, reason: 300 } as const;

/** The answer to `mcp_status` (2.1.329). Its `config` may hold secrets, so it is not looked at. */
const Status = z.looseObject({
  mcpServers: z.array(
    z.looseObject({ name: z.string(), error: z.string().optional().catch(undefined) }),
  ),
});

/**
 * Tells which MCP servers of a process failed, whenever that is something else than before. Each turn
 * begins with a list of them; why one failed the CLI says when it is asked.
 */
export class McpServers {
  #failed: string | null = null;

  constructor(readonly process: Controllable, readonly emit: (event: TurnEvent) => void) {}

  heard(message: FromCli): void {
    if (message.type !== "system" || message.subtype !== "init") return;
    const names = (message.mcp_servers ?? []).filter(({ status }) => status === "failed")
      .map(({ name }) => name).sort();
    const failed = JSON.stringify(names);
    if (failed === this.#failed) return;
    this.#failed = failed;
    this.#tell(names).catch((error) => log.error("Cannot tell what failed: {error}", { error }));
  }

  async #tell(names: readonly string[]): Promise<void> {
    const reasons = names.length === 0 ? new Map() : await this.#reasons();
    const servers = names.slice(0, NAMED).map((name): FailedServer => ({
      name: oneLine(name, LONGEST.name),
      reason: oneLine(reasons.get(name) ?? "", LONGEST.reason),
    }));
    this.emit({ type: "servers", failed: servers, more: names.length - servers.length });
  }

  async #reasons(): Promise<ReadonlyMap<string, string>> {
    const answer = await this.process.control({ subtype: "mcp_status" });
    const parsed = Status.safeParse(answer?.ok ? answer.response : undefined);
    return new Map(
      (parsed.data?.mcpServers ?? []).map(({ name, error = "" }) => [name, error]),
    );
  }
}
