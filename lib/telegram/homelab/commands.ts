import type { Homelab, ProbeName } from "../../homelab/mod.ts";
import type { Command } from "../commands.ts";
import { code, concat } from "../formatted.ts";
import { ownReply } from "./own.ts";
import { pictureOf } from "./picture.ts";
import { reportReply } from "./report.ts";
import { whileTyping } from "./typing.ts";

/** What is said for a button whose probe has left the settings. */
export const NOT_THERE = "This is not in the settings any more.";

function probeCommand(name: ProbeName, description: string, keys: string, what = "name"): Command {
  return {
    name,
    description,
    usage: `/${name} [${what}]`,
    repeatable: true,
    beside: true,
    async run(context, { place }, args) {
      const probe = context.homelab.probes.get(name);
      if (probe !== undefined) {
        // One system has a day to show; of all of them the digest shows one.
        const drawn = name === "beszel" && args === "" ? [] : pictureOf(probe, args, place);
        const [reply, behind] = await whileTyping(
          context,
          place,
          Promise.all([reportReply(probe, args), drawn]),
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

export const PROBE_COMMANDS: readonly Command[] = [
  probeCommand("pbs", "Backup server: datastores, tasks, jobs", "homelab.pbs"),
  probeCommand("backups", "Newest backup of each guest", "homelab.pbs"),
  probeCommand("pve", "Proxmox: nodes, guests, storage", "homelab.pve"),
  probeCommand("beszel", "Systems: up, load, disks, heat", "homelab.beszel"),
  probeCommand("kuma", "Uptime Kuma's monitors", "homelab.kuma"),
  probeCommand("ping", "Whether hosts answer", "homelab.ping", "host…"),
];

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

/** Whether a command has what it needs; the menu lists no other. */
export function isConfigured({ probes }: Homelab, { name }: Pick<Command, "name">): boolean {
  const probe = PROBE_COMMANDS.some((command) => command.name === name);
  return !probe || probes.has(name as ProbeName);
}
