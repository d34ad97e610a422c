import { logger, redact } from "../log/mod.ts";

const log = logger("app");

/**
 * Outlives what nobody handled, in a promise or in a timer's action, until it is disposed: Deno would
 * end there, and cut off every session for one fault. It is logged, and complained of, since there may
 * be no log yet.
 */
export function outliveUnhandled(
  complain: (words: string) => void,
  secrets: readonly string[],
): Disposable {
  const heard = (event: ErrorEvent | PromiseRejectionEvent) => {
    const error: unknown = event instanceof ErrorEvent ? event.error : event.reason;
    log.fatal("A failure that nobody handled: {error}", { error });
    const words = `A failure that nobody handled: ${error instanceof Error ? error.stack : error}`;
    complain(redact(words, secrets));
    event.preventDefault();
  };
  globalThis.addEventListener("error", heard);
  globalThis.addEventListener("unhandledrejection", heard);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("error", heard);
      globalThis.removeEventListener("unhandledrejection", heard);
    },
  };
}
