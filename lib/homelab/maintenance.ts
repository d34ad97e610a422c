import type { Level } from "../level.ts";
import { oneLine } from "./words.ts";

/** A datastore's maintenance mode: who set it wants something left alone. */
export interface Maintenance {
  readonly level: Level;
  /** Backups in it can be read. */
  readonly readable: boolean;
  /** Such as "in maintenance (offline): disk swap". */
  readonly text: string;
}

/** PBS 4.2 pbs-api-types maintenance.rs `MaintenanceType`. */
const TYPES: Readonly<Record<string, { readable: boolean; text: string }>> = {
  "read-only": { readable: true, text: "in maintenance (read-only, backups to it fail)" },
  offline: { readable: false, text: "in maintenance (offline)" },
  delete: { readable: false, text: "being deleted" },
  unmount: { readable: false, text: "being unmounted" },
  "s3-refresh": { readable: false, text: "in maintenance (its S3 cache is refreshed)" },
};

/**
 * The maintenance mode that a datastore's configuration names: `offline,message=disk swap`, or with the
 * key of the default written out, `type=offline`. Null without one.
 */
export function maintenanceOf(text: string | null | undefined): Maintenance | null {
  if (text === null || text === undefined || text === "") return null;
  const properties = propertiesOf(text);
  const type = properties.get("type") ?? "";
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  const said = oneLine(decoded(properties.get("message") ?? ""));
  const message = said === "" ? "" : `: ${said}`;
  return known === undefined
    ? { level: "unknown", readable: false, text: `in maintenance (${oneLine(type)})${message}` }
    : { level: "warn", readable: known.readable, text: `${known.text}${message}` };
}

/** A property string of Proxmox: `value,key=value,key="quoted, value"`; a value alone is the type's. */
function propertiesOf(text: string): Map<string, string> {
  const parts = text.matchAll(/(?:([a-z-]+)=)?(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:,|$)/g);
  const found = new Map<string, string>();
  for (const [whole, key = "type", quoted, plain = ""] of parts) {
    if (whole !== "") found.set(key, quoted?.replace(/\\(.)/g, "$1") ?? plain);
  }
  return found;
}

/** The message is percent-encoded where it is not plain. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
