/**
 * What the settings of all services have in common: where one is, the files with its secrets, and whom
 * to trust there.
 * @module
 */
import { z } from "zod";

/** PEM files and fingerprints decide about one service each; nothing turns the checks off for all. */
const FINGERPRINT = /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i;

/** An address without a login in it: what stands in a URL ends up in messages. */
export const serviceUrl = z.string().refine(isServiceUrl, {
  error: "expected a URL such as https://pbs.lan:8007, without a login or a query",
}).transform((url) => url.replace(/\/+$/, ""));

/** A file of the owner's. Whatever is named by a key that ends with `_file` may be read. */
export const file = z.string().min(1, { error: "expected the path of a file" });

/** Whom to trust when the certificate is not one of a public authority: one of the two, or neither. */
const trust = {
  ca_file: file.optional()
    .describe("The PEM file of a further authority to trust, beside the machine's own."),
  fingerprint: z.string().regex(FINGERPRINT, {
    error: "expected a SHA-256 fingerprint: 32 pairs of hexadecimal digits with colons between",
  }).optional()
    .describe("The SHA-256 fingerprint of the service's own certificate; then the name is free."),
};

/** The settings of a service: where it is, whom to trust there, and what `shape` adds for its kind. */
export const serviceSettings = <Shape extends z.core.$ZodLooseShape>(where: string, shape: Shape) =>
  z.strictObject({ url: serviceUrl.describe(where), ...trust }).extend(shape)
    .refine((settings) => isOneTrust(settings as ServiceSettings), {
      error:
        "expected ca_file or fingerprint, not both, and with them a URL that begins with https://",
    });

/** The settings that every service has. */
export interface ServiceSettings {
  readonly url: string;
  /** A further authority, beside those that the machine trusts. */
  readonly ca_file?: string | undefined;
  /** SHA-256, in pairs of digits with colons between: this certificate, and no other. */
  readonly fingerprint?: string | undefined;
}

function isOneTrust({ url, ca_file, fingerprint }: ServiceSettings): boolean {
  if (ca_file === undefined && fingerprint === undefined) return true;
  return (ca_file === undefined || fingerprint === undefined) && url.startsWith("https:");
}

function isServiceUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === "");
}
