/**
 * What can go wrong with sessions, each with a sentence fit for the chat.
 */
import { errorText, UserFacingError } from "../errors.ts";
import { cut } from "../text.ts";

/** A value as it may be shown in a sentence: one line, not longer than a name needs. */
function shown(value: string): string {
  return cut(JSON.stringify(value).slice(1, -1), 60);
}

export class InvalidNameError extends UserFacingError {
  override readonly name = "InvalidNameError";
  constructor(readonly session: string) {
    super(
      `'${shown(session)}' cannot be the name of a session. ` +
        "Use 1 to 50 letters (a-z), digits, '-' and '_'.",
    );
  }
}

export class SessionExistsError extends UserFacingError {
  override readonly name = "SessionExistsError";
  constructor(readonly session: string) {
    super(`Session '${session}' already exists. Use /session ${session} to switch to it.`);
  }
}

export class SessionNotFoundError extends UserFacingError {
  override readonly name = "SessionNotFoundError";
  constructor(readonly session: string, readonly near: readonly string[] = []) {
    const hint = near.length > 0
      ? `Did you mean ${near.map((name) => `'${name}'`).join(" or ")}?`
      : "Use /sessions to see those there are.";
    super(`There is no session '${shown(session)}'. ${hint}`);
  }
}

/** A session whose process is alive, or that is being archived, cannot be changed that way now. */
export class SessionBusyError extends UserFacingError {
  override readonly name = "SessionBusyError";
  constructor(readonly session: string, why: string) {
    super(`Session '${session}' ${why}.`);
  }
}

/** A session is there, but its directory or its `metadata.json` cannot be used. */
export class MetadataError extends UserFacingError {
  override readonly name = "MetadataError";
  constructor(readonly session: string, problem: string) {
    const mending = problem.startsWith("metadata.json")
      ? ` Its files are untouched; /repair ${session} mends it with what can still be read.`
      : "";
    super(`Session '${session}' cannot be read: ${problem.replace(/\.?$/, ".")}${mending}`);
  }
}

/** Whatever keeps one session from being read must not hide the others. */
export function asMetadataError(name: string, error: unknown): MetadataError {
  if (error instanceof MetadataError) return error;
  return new MetadataError(name, errorText(error));
}

export class PersonaNotFoundError extends UserFacingError {
  override readonly name = "PersonaNotFoundError";
  constructor(readonly persona: string, readonly known: readonly string[]) {
    super(`There is no persona '${shown(persona)}'. There are: ${known.join(", ")}.`);
  }
}

/** `problems` holds one line for each wrong field: its path and what was expected. */
export class PersonaInvalidError extends UserFacingError {
  override readonly name = "PersonaInvalidError";
  constructor(readonly persona: string, file: string, readonly problems: readonly string[]) {
    super(`Persona '${persona}' cannot be used. In ${file}: ${problems.join("; ")}`);
  }
}

/** A path leads out of the directory that it has to stay in. */
export class OutsideError extends Error {
  override readonly name = "OutsideError";
  constructor(readonly path: string) {
    super(`'${shown(path)}' is not inside the session's directory.`);
  }
}

export class ArchiveNotFoundError extends UserFacingError {
  override readonly name = "ArchiveNotFoundError";
  constructor(readonly file: string) {
    super(`There is no archive '${shown(file)}'. Use /archives to see those there are.`);
  }
}

/** An archive could not be written or read back; what it was made from is untouched. */
export class ArchiveError extends UserFacingError {
  override readonly name = "ArchiveError";
}
