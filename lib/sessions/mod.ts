/**
 * Sessions and personas on disk, and the archives of those put away.
 */
import { join, resolve } from "@std/path";
import { SessionDirectories } from "./directories.ts";
import { personaLibrary } from "./library.ts";
import { SessionManager, type SessionManagerOptions } from "./manager.ts";
import { CurrentSessions } from "./places.ts";

export { isName, type SessionIdentity } from "./directories.ts";
export { gitTroubles } from "./git/repository.ts";
export { type MemoryLinks, memoryLinks } from "./memory_links.ts";
export { type ArchiveFile, Archives } from "./archives.ts";
export type { ArchiveResult } from "./archive.ts";
export { type Edit, isUsable, type SettingChange } from "./edits.ts";
export * from "./errors.ts";
export type { PersonaList, PersonaSummary } from "./library.ts";
export type { SessionList, SessionManager, SessionManagerOptions } from "./manager.ts";
export {
  type Metadata,
  type MetadataPatch,
  type Repaired,
  repairMetadata,
  type Status,
} from "./metadata.ts";
export {
  grantsOf,
  ownPersona,
  permissionModeOf,
  type Persona,
  type PersonaSettings,
} from "./persona.ts";
export { type Place, placeKey } from "./places.ts";
export type { RestoreResult } from "./restore.ts";
export { readInside, resolveInside } from "./safe_file.ts";
export { skillText } from "./skills.ts";
export { broughtBy, isNothing, listText } from "./trust/brings.ts";
export type { Brought } from "./trust/thing.ts";
export { Copies, type CopyStore, type Extent, usedBy } from "./trust/copies.ts";
export { UnreadableError } from "./trust/files.ts";
export { type Closed, realPathOf } from "./trust/reach.ts";
export {
  countUsed,
  Trust,
  type TrustDisk,
  type TrustNews,
  type TrustOptions,
  type TrustStore,
  type TrustView,
} from "./trust/trust.ts";

/** The sessions of one home. Touches the disk only when it is asked something. */
export function createSessionManager(options: SessionManagerOptions): SessionManager {
  const home = resolve(options.home);
  const directories = new SessionDirectories(home, options.uuid);
  const builtin = resolve(options.builtinPersonas);
  return new SessionManager({
    ...options,
    directories,
    current: new CurrentSessions(join(home, "state"), directories),
    library: personaLibrary({ owner: join(home, "personas"), builtin }),
  });
}
