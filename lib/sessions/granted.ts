import { logger } from "../log/mod.ts";
import type { SessionManager } from "./manager.ts";
import { type Persona, withinRights } from "./persona.ts";
import type { ModeRules } from "./takeover.ts";

const log = logger("sessions");

/** The rights of a persona, to be used unasked. */
export interface Granted {
  readonly mode: string;
  readonly tools: readonly string[];
  readonly dirs: readonly string[];
}

/**
 * What a session's persona may do unasked: what it was granted, as far as the library's persona still
 * grants it.
 */
export async function grantsOf(
  persona: Persona,
  id: string,
  library: Pick<SessionManager, "loadPersona">,
): Promise<Granted> {
  const granted = await library.loadPersona(id).then(({ settings }) => settings, () => null);
  const { persona: { settings: kept } } = withinRights(persona, granted);
  return {
    mode: kept.permission_mode,
    tools: kept.allowed_tools,
    dirs: kept.add_dirs,
  };
}

/**
 * The mode that a session starts in: its own, its persona's, or the settings'. Neither of the first two
 * can switch off the requests unless the settings allow that.
 */
export function permissionModeOf(
  session: string | null,
  persona: string,
  rules: ModeRules,
): string {
  const wanted = session ?? (persona === "default" ? rules.permissionMode : persona);
  if (wanted !== "bypassPermissions" || rules.allowBypass) return wanted;
  log.warn("A session wants bypassPermissions, which the settings do not allow");
  return rules.permissionMode;
}
