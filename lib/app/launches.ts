import { type Launch, NO_PERMISSIONS } from "../claude/launch.ts";
import type { Journal } from "../journal/mod.ts";
import { inRule, secretRules } from "./permissions.ts";
import { grantsOf, permissionModeOf, type SessionManager, type Trust } from "../sessions/mod.ts";
import type { Settings } from "../settings/mod.ts";
import type { Rules } from "../telegram/mod.ts";

/** The changes that the settings allow the chat. */
export function rulesOf({ claude }: Settings): Rules {
  return {
    allowBypass: claude.allow_bypass || claude.permission_mode === "bypassPermissions",
    model: claude.model,
    permissionMode: claude.permission_mode,
    budgetUsdPerDay: claude.budget_usd_per_day,
  };
}

/** Where the parts of a launch come from. */
export interface LaunchSources {
  readonly settings: Settings;
  readonly sessions: SessionManager;
  readonly journal: Journal;
  readonly uuid: () => string;
  /** What stands for the project's own configuration when nothing of it is trusted. */
  readonly configRoot: string | null;
  readonly trust: Pick<Trust, "forProcess">;
  /** Memory of the directory that is not read. */
  readonly memoryExcludes: readonly string[];
  /** Where the CLI keeps what it writes. */
  readonly claudeConfigDir: string;
}

/** How a session's process is started now: its persona, model and mode are read each time. */
export async function launchOf(
  session: string,
  sources: LaunchSources,
): Promise<Launch> {
  const { settings, sessions, journal, uuid, configRoot, trust } = sources;
  let metadata = await sessions.touch(session); // Refused while the session is being archived.
  const persona = await sessions.persona(session);
  const cwd = await sessions.dir(session);
  const fresh = metadata.claude_session_id === null;
  if (fresh) {
    // On disk before the process: after a crash its conversation is found again.
    metadata = await sessions.update(session, { claude_session_id: uuid() });
  }
  const { model, max_turns, effort } = persona.settings;
  const { mode, tools, dirs } = await grantsOf(persona, metadata.persona, sessions);
  const trusted = configRoot === null ? null : await trust.forProcess(session);
  const rules = trusted?.permissions ?? NO_PERMISSIONS;
  return {
    session,
    cwd,
    conversation: {
      id: metadata.claude_session_id!,
      state: fresh ? "new" : journal.jobs.progress(session, Date.parse(metadata.created)),
    },
    systemPrompt: persona.system_prompt,
    model: metadata.model ?? model ?? settings.claude.model,
    maxTurns: settings.claude.max_turns ?? max_turns,
    permissionMode: permissionModeOf(metadata.permission_mode, mode, rulesOf(settings)),
    allowedTools: tools,
    configRoot: trusted?.configRoot ?? configRoot,
    permissions: {
      ...rules,
      additionalDirectories: [...dirs, ...rules.additionalDirectories],
      deny: [...secretRules(settings), ...autoMemoryRules(sources.claudeConfigDir), ...rules.deny],
    },
    memoryExcludes: sources.memoryExcludes,
    effort: metadata.effort ?? effort,
  };
}

/**
 * Auto memory is off: reading it by a variable, writing by these rules, which the CLI would let pass
 * unasked in every mode. It carries words from one conversation to the next (2.1.329 and 2.1.332).
 */
const autoMemoryRules = (claudeConfigDir: string): string[] =>
  [`/${inRule(claudeConfigDir)}`, "//**/.claude"].flatMap((dir) => [
    `Edit(${dir}/projects/*/memory/**)`,
    `Edit(${dir}/agent-memory/**)`,
  ]);
