import type { Output } from "../../../conversation/mod.ts";
import type { Command } from "../../context.ts";
import { inSession } from "../in_session.ts";
import { bold, code, concat, type FormattedText, lines } from "../../text/formatted.ts";
import type { Choosable } from "../../buttons.ts";
import { applySetting } from "./apply.ts";
import { askSetting, needsWarning, warn } from "./ask.ts";

function setting(what: Choosable, description: string, usage: string): Command {
  return {
    name: what,
    description,
    usage,
    repeatable: true,
    run: inSession(async (context, asker, session, args) => {
      if (args === "") return await askSetting(context, asker, session, what);
      if (needsWarning(what, args)) return await warn(context, asker, session, args);
      return { text: await applySetting(context, session, what, args) };
    }),
  };
}

export const MODEL = setting("model", "Model of this session", "/model [name]");
export const EFFORT = setting("effort", "How hard it thinks", "/effort [level]");
export const MODE = setting("mode", "Permission mode: what it may do unasked", "/mode [mode]");
export const PERSONA = setting("persona", "Persona of this session", "/persona [name]");
export const TIMEOUT = setting(
  "timeout",
  "Minutes until an idle process is closed",
  "/timeout [minutes]",
);

const WORDS: Readonly<Record<Output, FormattedText>> = {
  normal: lines("Answers as messages, the steps in the status message."),
  verbose: lines("Each tool call with its input and output, and what Claude thinks, as messages."),
  smart: lines("A long answer is its beginning here and the whole as a file."),
};

function output(mode: Output, description: string): Command {
  return {
    name: mode,
    description,
    repeatable: true,
    run: inSession(async (context, _asker, session) => {
      await context.sessions.update(session, { output: mode });
      context.outputs.note(session, mode);
      return { text: lines(concat(bold(session), " · output: ", code(mode)), WORDS[mode]) };
    }),
  };
}

export const VERBOSE = output("verbose", "Show every tool call and thought");
export const SMART = output("smart", "Long answers as a file");
export const NORMAL = output("normal", "Show answers only");
