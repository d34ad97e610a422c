import { z } from "zod";
import { readHost } from "../host.ts";

/** PEM files and fingerprints decide about one service each; nothing turns the checks off for all. */
const FINGERPRINT = /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i;

/** An address without a login in it: what stands in a URL ends up in messages. */
const serviceUrl = z.string().refine(isServiceUrl, {
  error: "expected a URL such as https://pbs.lan:8007, without a login or a query",
}).transform((url) => url.replace(/\/+$/, ""));

const file = z.string().min(1, { error: "expected the path of a file" });

/** Whom to trust when the certificate is not one of a public authority: one of the two, or neither. */
const trust = {
  ca_file: file.optional()
    .describe("The PEM file of a further authority to trust, beside the machine's own."),
  fingerprint: z.string().regex(FINGERPRINT, {
    error: "expected a SHA-256 fingerprint: 32 pairs of hexadecimal digits with colons between",
  }).optional()
    .describe("The SHA-256 fingerprint of the service's own certificate; then the name is free."),
};

const TRUST_EXPECTED = {
  error: "expected ca_file or fingerprint, not both, and with them a URL that begins with https://",
};

const guestName = z.string().regex(/^(ct|vm|host)\/[^\s/]+( in \S.*)?$/, {
  error: 'expected a guest as /backups names it, such as "ct/105", "host/laptop" or ' +
    '"vm/200 in main/pve2"',
});

const hours = z.number().positive();

const pbs = z.strictObject({
  url: serviceUrl.describe("Such as https://pbs.lan:8007."),
  token_file: file.describe("A file with an API token: USER@REALM!NAME:SECRET."),
  ...trust,
  late_hours: z.record(guestName, hours).default({})
    .describe('Backups that are late only after so many hours, by guest: { "ct/105": 200 }.'),
}).refine(oneTrust, TRUST_EXPECTED);

const pve = z.strictObject({
  url: serviceUrl.describe("Such as https://pve.lan:8006; one node answers for its cluster."),
  token_file: file.describe("A file with an API token: USER@REALM!NAME=SECRET."),
  ...trust,
}).refine(oneTrust, TRUST_EXPECTED);

const beszel = z.strictObject({
  url: serviceUrl.describe("The hub, such as https://beszel.lan."),
  email: z.string().min(1, { error: "expected the e-mail address of a user of the hub" })
    .describe("A user of the hub, best with the role readonly, who may see the systems."),
  password_file: file.describe("A file with that user's password."),
  ...trust,
}).refine(oneTrust, TRUST_EXPECTED);

const kuma = z.strictObject({
  url: serviceUrl.describe("Such as https://kuma.lan."),
  api_key_file: file.optional().describe("A file with an API key; it shows all monitors."),
  status_page: z.string().regex(/^[a-z0-9-]+$/, {
    error: 'expected the name at the end of a status page\'s address, such as "home"',
  }).optional().describe("Instead of a key: the status page that is read."),
  ...trust,
}).refine(oneTrust, TRUST_EXPECTED)
  .refine(
    ({ api_key_file: key, status_page: page }) => (key === undefined) !== (page === undefined),
    {
      error: "expected api_key_file or status_page, one of the two",
    },
  );

const ping = z.strictObject({
  hosts: z.array(
    z.string().refine((text) => readHost(text) !== null, {
      error: 'expected a host, such as "nas.lan", "10.0.0.2:22" or "[fd00::2]:443"',
    }),
  ).min(1).describe("Who should answer. The port is for where ping is not possible."),
});

const commandName = z.string().regex(/^[a-z0-9_]{1,32}$/, {
  error: "expected a command's name: small letters, digits and _, 32 at the most",
});

const ownCommand = z.strictObject({
  run: z.array(z.string()).min(1).refine(([program]) => program !== "" && program !== undefined, {
    error: "expected a program and its first arguments",
  }).describe("The program and its first arguments; what follows the command is added to them."),
  seconds: z.number().positive().max(3600).default(60).describe("Then it is ended."),
  description: z.string().min(1).max(200).optional().describe("For the menu."),
});

/** The part `homelab` of the settings file; every service is optional. */
export const homelabSchema = z.strictObject({
  pbs: pbs.optional().describe("Proxmox Backup Server."),
  beszel: beszel.optional().describe("Beszel."),
  kuma: kuma.optional().describe("Uptime Kuma."),
  pve: pve.optional().describe("Proxmox VE."),
  ping: ping.optional().describe("Hosts that should answer a ping."),
  commands: z.record(commandName, ownCommand).optional()
    .describe("Commands of your own, by their names."),
});

export type PbsSettings = z.output<typeof pbs>;
export type PveSettings = z.output<typeof pve>;
export type BeszelSettings = z.output<typeof beszel>;
export type KumaSettings = z.output<typeof kuma>;
export type PingSettings = z.output<typeof ping>;
export type OwnCommandSettings = z.output<typeof ownCommand>;

function isServiceUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === "");
}

function oneTrust({ url, ca_file, fingerprint }: {
  url: string;
  ca_file?: string | undefined;
  fingerprint?: string | undefined;
}) {
  if (ca_file === undefined && fingerprint === undefined) return true;
  return (ca_file === undefined || fingerprint === undefined) && url.startsWith("https:");
}
