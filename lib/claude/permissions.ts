import { z } from "zod";
import type { Controllable } from "./control.ts";
import { StartError } from "./failures.ts";
import { HURRIED, NO_PERMISSIONS, type Patience, type ProcessPermissions } from "./launch.ts";

const Applied = z.looseObject({
  effective: z.looseObject({
    permissions: z.looseObject({ ask: z.array(z.string()).catch([]) }).catch({ ask: [] }),
  }),
});

/**
 * Replaces the rules that a process runs under, at once and all of them: each
 * `apply_flag_settings {permissions}` takes the place of the one before as a whole, so an empty or
 * missing list takes its rules back. It adds to what `--settings`, `--allowedTools` and the user's
 * settings gave, and lifts nothing of that; therefore what can be taken back never goes through
 * `--settings`. A rule that the CLI cannot read is left out without a word; the others count. Allow,
 * ask, deny and directories all behave so, and the model is told of the directories (seen on 2.1.329
 * and 2.1.332).
 *
 * The CLI confirms nothing, so it is asked what it applies then.
 * @returns false when it did not answer, or an ask rule is not in force.
 */
export async function setPermissions(
  process: Controllable,
  permissions: ProcessPermissions,
): Promise<boolean> {
  const settings = { permissions };
  const answer = await process.control({ subtype: "apply_flag_settings", settings });
  if (answer?.ok !== true || permissions.ask.length === 0) return answer?.ok === true;
  const applied = await process.control({ subtype: "get_settings" });
  const parsed = Applied.safeParse(applied?.response);
  if (!parsed.success) return false;
  const { ask } = parsed.data.effective.permissions;
  return permissions.ask.every((rule) => ask.includes(rule));
}

/** The rules of one process, from two sides: what the session is given, and what its directory costs it. */
export class ProcessRules {
  #given: ProcessPermissions = NO_PERMISSIONS;
  #asks: readonly string[] = [];

  constructor(readonly process: Controllable) {}

  /** Replaces what the session is given. @returns false when it is not in force. */
  give(permissions: ProcessPermissions): Promise<boolean> {
    this.#given = permissions;
    return this.#apply();
  }

  /** Replaces what is asked for beside that. @returns false when it is not in force. */
  async askFor(rules: readonly string[]): Promise<boolean> {
    if (rules.join("\n") === this.#asks.join("\n")) return true;
    const before = this.#asks;
    this.#asks = rules;
    const done = await this.#apply();
    if (!done) this.#asks = before; // Tried again at the next look.
    return done;
  }

  #apply(): Promise<boolean> {
    const ask = [...this.#given.ask, ...this.#asks];
    return setPermissions(this.process, { ...this.#given, ask });
  }
}

const REFUSED =
  "Claude Code was started, but did not take the permission rules of this session, so it was ended. “Try again” starts it again.";

/**
 * Gives a process that has just come up its rules.
 * @throws {StartError} when they are not in force; the process has been ended then.
 */
export async function beginWith(
  permissions: ProcessPermissions,
  process: {
    readonly rules: ProcessRules;
    close(reason: "refused", patience: Patience): Promise<void>;
  },
): Promise<void> {
  if (Object.values(permissions).every((rules) => rules.length === 0)) return;
  if (await process.rules.give(permissions)) return;
  await process.close("refused", HURRIED);
  throw new StartError(REFUSED, "other");
}
