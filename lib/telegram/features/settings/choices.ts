import { grantsOf, type Metadata, permissionModeOf, type Persona } from "../../../sessions/mod.ts";
import type { Context } from "../../context.ts";
import type { Choosable } from "../../buttons.ts";

/** One value that a setting can take. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  /** In a few words; empty where the label says it all. */
  readonly description: string;
}

/** A setting of a session: what it is now, and what it could be. */
export interface Setting {
  readonly current: string;
  readonly choices: readonly Choice[];
}

/** Where no CLI has said what it has. */
const MODELS: readonly Choice[] = [
  ["default", "Default"],
  ["opus", "Opus"],
  ["sonnet", "Sonnet"],
  ["haiku", "Haiku"],
].map(([value = "", label = ""]) => ({ value, label, description: "" }));

export const EFFORTS = ["default", "low", "medium", "high", "xhigh", "max"] as const;

const MODES: readonly Choice[] = [
  ["default", "Default", "asks before it changes anything"],
  ["acceptEdits", "Accept edits", "edits files without asking, asks for commands"],
  ["plan", "Plan", "reads and plans, changes nothing"],
  ["dontAsk", "Don't ask", "what it may not do by itself is refused, not asked"],
].map(([value = "", label = "", description = ""]) => ({ value, label, description }));

const BYPASS: Choice = {
  value: "bypassPermissions",
  label: "Bypass",
  description: "⚠️ does everything without asking",
};

/** What Claude may do in a mode, in a few words. */
export const wordsOfMode = (mode: string): string =>
  mode === "auto"
    ? "Claude Code's own check decides what runs without asking"
    : [...MODES, BYPASS].find(({ value }) => value === mode)?.description ?? "";

const MINUTES = [1, 5, 10, 30, 60, 120];

/** A setting of a session, with its choices as they are now. */
export async function settingOf(
  context: Context,
  session: string,
  what: Choosable,
): Promise<Setting> {
  const metadata = await context.sessions.get(session);
  switch (what) {
    case "persona": {
      const { personas } = await context.sessions.personas();
      const choices = personas.map(({ id, name, description }) => ({
        value: id,
        label: name,
        description,
      }));
      return { current: metadata.persona, choices };
    }
    case "model":
      return {
        current: modelOf(metadata, await context.sessions.persona(session), context),
        choices: models(context, session),
      };
    case "effort": {
      const { settings } = await context.sessions.persona(session);
      const choices = EFFORTS.map((value) => ({ value, label: value, description: "" }));
      return { current: metadata.effort ?? settings.effort ?? "default", choices };
    }
    case "mode":
      return {
        current: await modeOf(metadata, context, session),
        choices: [...MODES, ...(context.rules.allowBypass ? [BYPASS] : [])],
      };
    case "timeout": {
      const choices = MINUTES.map((minutes) => ({
        value: String(minutes),
        label: `${minutes} min`,
        description: "",
      }));
      return { current: String(Math.round(metadata.idle_timeout / 6) / 10), choices };
    }
    default:
      return what satisfies never;
  }
}

/** The models to choose from: the CLI's own list where one was heard. */
function models(context: Context, session: string): readonly Choice[] {
  const offered = context.claude.initializeInfo(session)?.models ?? [];
  if (offered.length === 0) return MODELS;
  return offered.map(({ value, id, title }) => ({
    value,
    label: title.replace(/ \(recommended\)$/, ""),
    description: value === title.toLowerCase() ? id : `${value}, ${id}`,
  }));
}

/** True when a CLI that said what it has would know this model; true where none has said so. */
export function isKnownModel(context: Context, session: string, model: string): boolean {
  const offered = context.claude.initializeInfo(session)?.models ?? [];
  return offered.length === 0 || model === "opusplan" ||
    offered.some(({ value, id }) => value === model || id === model);
}

/** The model that a session's process is started with; `default` is Claude Code's own. */
export function modelOf(
  { model }: Pick<Metadata, "model">,
  persona: Persona,
  { rules }: Pick<Context, "rules">,
): string {
  return model ?? persona.settings.model ?? rules.model ?? "default";
}

/** The permission mode that a session's process is started with, as far as the library still grants it. */
async function modeOf(
  { permission_mode: own, persona }: Metadata,
  context: Context,
  session: string,
): Promise<string> {
  const { sessions, rules } = context;
  const { mode } = await grantsOf(await sessions.persona(session), persona, sessions);
  return permissionModeOf(own, mode, rules);
}
