import { UserFacingError } from "../../../errors.ts";
import type { Context } from "../../context.ts";
import { bold, code, concat, type FormattedText, lines } from "../../text/formatted.ts";
import type { Choosable } from "../../buttons.ts";
import { EFFORTS, isKnownModel, modelOf, settingOf } from "./choices.ts";

const SHORTEST_MIN = 1;
const LONGEST_MIN = 120;

/** A value was refused. */
export class RefusedChoiceError extends UserFacingError {
  override readonly name = "RefusedChoiceError";
}

/**
 * Changes a setting of a session: on disk, and in its running process where the CLI can do that.
 * @returns what was changed, and from when it holds.
 * @throws {RefusedChoiceError} for a value that cannot be.
 */
export async function applySetting(
  context: Context,
  session: string,
  what: Choosable,
  value: string,
): Promise<FormattedText> {
  switch (what) {
    case "persona":
      return await applyPersona(context, session, value);
    case "model":
      return await applyModel(context, session, value);
    case "effort":
      return await applyEffort(context, session, value);
    case "mode":
      return await applyMode(context, session, value);
    case "timeout":
      return await applyTimeout(context, session, value);
    default:
      return what satisfies never;
  }
}

async function applyPersona(context: Context, session: string, id: string) {
  const metadata = await context.sessions.changePersona(session, id);
  const own = [
    metadata.model === null ? [] : [`model ${metadata.model}`],
    metadata.effort === null ? [] : [`effort ${metadata.effort}`],
    metadata.permission_mode === null ? [] : [`mode ${metadata.permission_mode}`],
  ].flat();
  const kept = own.length === 0 ? "" : ` The session keeps its own ${own.join(", ")}.`;
  return changed(session, "persona", id, `${await restart(context, session)}${kept}`);
}

async function applyModel(context: Context, session: string, model: string) {
  if (!isKnownModel(context, session, model)) {
    const { choices } = await settingOf(context, session, "model");
    const names = choices.map(({ value }) => value).join(", ");
    throw new RefusedChoiceError(`There is no model '${model.slice(0, 60)}'. There are: ${names}.`);
  }
  const persona = await context.sessions.persona(session);
  const inherited = modelOf({ model: null }, persona, context);
  const own = model === "default" && inherited !== "default" ? null : model;
  const wanted = own ?? inherited;
  await context.sessions.update(session, { model: own });
  const start = atStart(context, session);
  if (start !== null) return changed(session, "model", wanted, start);
  const id = await context.claude.setModel(session, wanted);
  if (id === null) {
    const when = await restart(context, session);
    return changed(session, "model", wanted, when);
  }
  const shown = id === wanted ? "" : ` (${id})`;
  const when = context.claude.working(session) ? "From the next turn on." : "At once.";
  return changed(session, "model", `${wanted}${shown}`, when);
}

async function applyEffort(context: Context, session: string, effort: string) {
  if (!EFFORTS.some((each) => each === effort)) {
    throw new RefusedChoiceError(
      `There is no effort '${effort}'. There are: ${EFFORTS.join(", ")}.`,
    );
  }
  const own = effort === "default" ? null : effort;
  const { settings } = await context.sessions.persona(session);
  await context.sessions.update(session, { effort: own });
  const wanted = own ?? settings.effort;
  const shown = wanted ?? "the model's own";
  const start = atStart(context, session);
  if (start !== null) return changed(session, "effort", shown, start);
  const done = await context.claude.setEffort(session, wanted);
  const when = done
    ? "At once."
    : "The running process did not confirm it: its model may not have it.";
  return changed(session, "effort", shown, when);
}

async function applyMode(context: Context, session: string, mode: string) {
  const { choices } = await settingOf(context, session, "mode");
  if (!choices.some(({ value }) => value === mode)) {
    const names = choices.map(({ value }) => value).join(", ");
    const why = mode === "bypassPermissions"
      ? "The settings do not allow bypassPermissions here (claude.allow_bypass)."
      : `There is no mode '${mode.slice(0, 60)}'. There are: ${names}.`;
    throw new RefusedChoiceError(why);
  }
  await context.sessions.update(session, { permission_mode: mode });
  const start = atStart(context, session);
  if (start !== null) return changed(session, "mode", mode, start);
  // A process that was not started for it cannot be told to bypass (`bypass_not_launched`).
  if (await context.claude.setMode(session, mode)) {
    return changed(session, "mode", mode, "At once.");
  }
  return changed(session, "mode", mode, await restart(context, session));
}

async function applyTimeout(context: Context, session: string, text: string) {
  const minutes = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (!(minutes >= SHORTEST_MIN && minutes <= LONGEST_MIN)) {
    const range = `${SHORTEST_MIN} to ${LONGEST_MIN}`;
    throw new RefusedChoiceError(`Say it in whole minutes, ${range}: /timeout 30`);
  }
  await context.sessions.update(session, { idle_timeout: minutes * 60 });
  context.claude.retime(session);
  return changed(session, "timeout", `${minutes} min`, "At once. The time starts anew now.");
}

const STARTING = "At once: its process is starting, and starts with it.";
const NEXT_START = "From the next message on: no process runs now.";

/** From when a new value holds where no process runs that could be told it; else null. */
function atStart({ claude }: Context, session: string): string | null {
  if (claude.restartIfStarting(session)) return STARTING;
  return claude.alive(session) ? null : NEXT_START;
}

/** Ends what runs with the old value, as soon as it rests. @returns from when the new one holds. */
export async function restart(context: Context, session: string): Promise<string> {
  switch (await context.claude.outdate(session)) {
    case "none":
      return NEXT_START;
    case "starting":
      return STARTING;
    case "ended":
      return "From the next message on: its process was closed and starts again with it.";
    case "later":
      return "After what runs now: its process then starts again with it.";
  }
}

function changed(session: string, what: Choosable, value: string, when: string): FormattedText {
  return lines(concat(bold(session), ` · ${what}: `, code(value)), when);
}

/** What must be read before a session may do everything. */
export function bypassWarning(session: string): FormattedText {
  return concat(
    bold("⚠️ Bypass in "),
    bold(session),
    ": Claude then runs any command and changes any file without asking, as the user that ",
    "Switchboard runs as. Nothing is shown to you before it happens.\n\nAs root, Claude Code ",
    "refuses this unless ",
    code("IS_SANDBOX=1"),
    " is set for it.",
  );
}
