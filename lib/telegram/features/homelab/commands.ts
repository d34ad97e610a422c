import {
  type Homelab,
  type Kind,
  partOf,
  type ProbeCommand,
  type ProbeName,
  PROBES,
} from "../../../homelab/mod.ts";
import type { Command } from "../../context.ts";
import { code, concat } from "../../text/formatted.ts";
import { ownReply } from "./own.ts";
import { pictureOf, reportReply } from "./report.ts";
import { whileTyping } from "../../outbox/typing.ts";

/** What is said for a button whose probe has left the settings. */
export const NOT_THERE = "This is not in the settings any more.";

function probeCommand(kind: Kind): Command {
  const { name, command } = kind;
  const { description, argument, drawsNamed }: ProbeCommand = command;
  const keys = `homelab.${partOf(kind)}`;
  return {
    name,
    description,
    usage: `/${name} [${argument}]`,
    repeatable: true,
    beside: true,
    async run(context, { place }, args) {
      const probe = context.homelab.probes.get(name);
      if (probe !== undefined) {
        const drawn = drawsNamed === true && args === "" ? [] : pictureOf(probe, args, place);
        const [reply, behind] = await whileTyping(
          context.outbox,
          place,
          Promise.all([reportReply(name, probe, args), drawn]),
        );
        return { ...reply, behind };
      }
      return {
        text: concat(
          `To use /${name}, add `,
          code(keys),
          " to ",
          code("switchboard.jsonc"),
          " and restart Switchboard; the README says how.",
        ),
      };
    },
  };
}

export const PROBE_COMMANDS: readonly Command[] = Object.values(PROBES).map(probeCommand);

/** One of the owner's commands, as the chat serves it. */
export function ownCommand({ commands }: Homelab, name: string): Command | undefined {
  const own = commands.get(name);
  if (own === undefined) return undefined;
  return {
    name,
    description: own.description,
    usage: `/${name} [arguments]`,
    repeatable: false, // Whatever it does may be half done.
    beside: true,
    run: (context, asker, args) => ownReply(context, asker, own, args),
  };
}

/** True when a command has what it needs; the menu lists no other. */
export function isConfigured({ probes }: Homelab, { name }: Pick<Command, "name">): boolean {
  const probe = PROBE_COMMANDS.some((command) => command.name === name);
  return !probe || probes.has(name as ProbeName);
}
