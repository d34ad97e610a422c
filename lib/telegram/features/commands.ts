import { ARCHIVE, ARCHIVES, RESTORE } from "./sessions/archiving.ts";
import type { Homelab } from "../../homelab/mod.ts";
import type { Command, Reply } from "../context.ts";
import { bold, code, concat, type FormattedText, lines } from "../text/formatted.ts";
import { ALLOWED } from "./grants/allowed.ts";
import { isConfigured, ownCommand, PROBE_COMMANDS } from "./homelab/commands.ts";
import { LIST_COMMANDS } from "./info/commands.ts";
import { CONTEXT } from "./info/context.ts";
import { STATUS } from "./info/status.ts";
import { TASKS } from "./info/tasks.ts";
import { USAGE } from "./info/usage.ts";
import { WATCH, WATCHES } from "./schedule/watches.ts";
import {
  EFFORT,
  MODE,
  MODEL,
  NORMAL,
  PERSONA,
  SMART,
  TIMEOUT,
  VERBOSE,
} from "./settings/commands.ts";
import { RENAME } from "./sessions/renaming.ts";
import { REPAIR } from "./sessions/repairing.ts";
import { sessionList, switchTo } from "./sessions/switching.ts";
import { TRUST } from "./trust/view.ts";

const usage = (command: string, example: string): Reply => ({
  text: concat("Usage: ", code(command), "\nFor example: ", code(example)),
});

const NEW: Command = {
  name: "new",
  description: "New session: /new <name> [persona]",
  usage: "/new <name> [persona]",
  repeatable: false,
  async run(context, asker, args) {
    const [name, persona, ...rest] = args.split(/\s+/).filter((word) => word !== "");
    if (name === undefined || rest.length > 0) {
      const { personas } = await context.sessions.personas();
      const known = personas.map((each) =>
        lines(concat("• ", bold(each.id), `: ${each.description}`))
      );
      const { text } = usage("/new <name> [persona]", "/new proxmox homelab");
      return { text: lines(text, "", bold("Personas"), ...known) };
    }
    await context.sessions.create(name, persona);
    const reply = await switchTo(context, asker, name);
    return { text: concat("Made ", bold(name), ". ", reply.text) };
  },
};

const SESSION: Command = {
  name: "session",
  description: "Switch session: /session <name>",
  usage: "/session [name]",
  repeatable: true,
  async run(context, asker, args) {
    if (args === "") return await sessionList(context, asker);
    if (/\s/.test(args)) return usage("/session <name>", "/session proxmox");
    return await switchTo(context, asker, args);
  },
};

const SESSIONS: Command = {
  name: "sessions",
  description: "All sessions",
  repeatable: true,
  run: (context, asker) => sessionList(context, asker),
};

const START: Command = {
  name: "start",
  description: "What this is",
  repeatable: true,
  async run(context, asker) {
    const current = await context.sessions.active(asker.place);
    const where: FormattedText = current === null
      ? concat("There is no session here yet: ", code("/new proxmox homelab"), " makes one.")
      : concat("You are in ", bold(current), ". Just write.");
    return {
      text: lines(
        concat(bold("Switchboard"), " connects this chat to Claude Code on your machine."),
        "Send a message and watch the answer come; what Claude may not do by itself, it asks you for.",
        "",
        where,
        "/help lists the commands.",
      ),
    };
  },
};

const HELP: Command = {
  name: "help",
  description: "The commands",
  repeatable: true,
  run({ homelab }) {
    const row = ({ name, usage, description }: Listed) =>
      concat(usage ?? `/${name}`, " – ", description.replace(/:.*/, ""));
    const groups = groupsFor(homelab)
      .flatMap(([title, commands]) => ["", bold(title), ...commands.map(row)]);
    const text = lines(
      bold("Commands"),
      ...groups,
      "",
      "Everything else goes to Claude in the current session, its own /commands too.",
    );
    return Promise.resolve({ text });
  },
};

/** Served by the router itself, beside the queue. */
const STOP = { name: "stop", description: "Stop the running turn" };
const STEER = {
  name: "steer",
  description: "Tell the running turn at once: /steer <text>",
  usage: "/steer <text>",
};

type Listed = Pick<Command, "name" | "description" | "usage">;

type Group = readonly [title: string, commands: readonly (Command | Listed)[]];

/** What there is, most used first within its group. */
const GROUPS: readonly Group[] = [
  ["Sessions", [NEW, SESSION, SESSIONS, RENAME, STOP, STEER]],
  ["This session", [MODE, MODEL, ALLOWED, EFFORT, PERSONA, TIMEOUT, TRUST]],
  ["What it shows", [VERBOSE, SMART, NORMAL]],
  ["Homelab", PROBE_COMMANDS],
  ["Watches", [WATCH, WATCHES]],
  ["What goes on", [STATUS, USAGE, CONTEXT, TASKS, LIST_COMMANDS]],
  ["Put away", [ARCHIVE, ARCHIVES, RESTORE, REPAIR]],
  ["Help", [HELP, START]],
];

const LISTED = GROUPS.flatMap(([, commands]) => commands);

export const COMMANDS: readonly Command[] = LISTED.filter((each) => "run" in each);

/** True when a name is that of a command of ours: one of the owner's with that name is never run. */
export const isTaken = (name: string): boolean => LISTED.some((each) => each.name === name);

/** Without what the settings of the homelab do not name, with the owner's commands. */
function groupsFor(homelab: Homelab): Group[] {
  const own = [...homelab.commands.keys()].filter((name) => !isTaken(name))
    .flatMap((name) => ownCommand(homelab, name) ?? []);
  return GROUPS.map(([title, commands]): Group => {
    const there = commands.filter((command) => isConfigured(homelab, command));
    return [title, commands === PROBE_COMMANDS ? [...there, ...own] : there];
  }).filter(([, commands]) => commands.length > 0);
}

/** What Telegram's menu lists. */
export const menuFor = (homelab: Homelab): { command: string; description: string }[] =>
  groupsFor(homelab).flatMap(([, commands]) => commands)
    .map(({ name, description }) => ({ command: name, description }));

/** Ours before one of the owner's with the same name. */
export const findCommand = (name: string, homelab?: Homelab): Command | undefined =>
  COMMANDS.find((command) => command.name === name) ??
    (homelab === undefined ? undefined : ownCommand(homelab, name));
