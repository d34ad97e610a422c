/** Errors that a person reads, and the words of any error. */

/**
 * An error whose message is for the person who asked: a sentence that says what could not be done and
 * what would help. Every other error is logged, and the person is told that something went wrong.
 */
export class UserFacingError extends Error {
  override readonly name: string = "UserFacingError";
}

/** The words of whatever was thrown. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
