/**
 * The table of the probes. A line here and a folder is all that a further kind takes: its settings, its
 * command and its buttons follow from what it says of itself.
 * @module
 */
import { z } from "zod";
import { BACKUPS } from "./backups/probe.ts";
import { BESZEL } from "./beszel/probe.ts";
import type { ProbeEnvironment } from "./environment.ts";
import { ownCommands } from "./commands/commands.ts";
import { KUMA } from "./kuma/probe.ts";
import { PBS } from "./pbs/probe.ts";
import { PING } from "./ping/probe.ts";
import type { ProxmoxServers } from "./proxmox/api.ts";
import type { AnyProbeKind, Probe } from "./probe.ts";
import { PVE } from "./pve/probe.ts";

type LettersOf<Text> = Text extends `${infer First}${infer Rest}` ? First | LettersOf<Rest> : never;
type Letter = LettersOf<"abcdefghijklmnopqrstuvwxyz">;

/**
 * All kinds, in the order in which people look, each by its letter in the data of buttons: buttons that
 * are in chats keep theirs.
 */
export const PROBES = {
  p: PBS,
  b: BACKUPS,
  v: PVE,
  z: BESZEL,
  k: KUMA,
  i: PING,
} satisfies Partial<Record<Letter, AnyProbeKind>>;

export type Kind = (typeof PROBES)[keyof typeof PROBES];

export type ProbeName = Kind["name"];

type Services = {
  [K in Kind as K["settings"] extends z.ZodType ? K["name"] : never]: z.ZodOptional<
    Extract<K["settings"], z.ZodType>
  >;
};

const services = Object.fromEntries(
  Object.values(PROBES).flatMap((kind) =>
    "example" in kind ? [[kind.name, kind.settings.optional().meta({ example: kind.example })]] : []
  ),
) as Services;

/** The part `homelab` of the settings file; every service is optional. */
export const homelabSchema = z.strictObject({
  ...services,
  commands: ownCommands.optional().meta({
    description: "Commands of your own, by their names.",
    example: { updates: { run: ["bin/updates"], seconds: 60 } },
  }),
}).describe(
  "Services of the homelab, each of them optional. Their secrets stand in files of their own. Where " +
    "no public authority signed the certificate: ca_file, or the fingerprint that Proxmox shows.",
);

export type HomelabSettings = z.output<typeof homelabSchema>;

/** The probe of a kind; null when the settings do not name what it looks at. */
export function createProbe(
  kind: Kind,
  settings: HomelabSettings,
  environment: ProbeEnvironment,
  servers: ProxmoxServers,
): Probe | null {
  const part = settings[partOf(kind)];
  if (part === undefined) return null;
  // Under a kind's name stands what its own schema gives.
  const given = "of" in kind.settings ? settings : part;
  return kind.create(given as never, environment, servers);
}

/** The key of the settings that a kind needs. */
export function partOf({ name, settings }: Kind): keyof Services {
  return "of" in settings ? settings.of : name as keyof Services;
}
