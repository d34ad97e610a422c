import { explain } from "./failures.ts";
import type { FromCli } from "./protocol.ts";

/** `claude` could not be started; the message is fit for the chat. */
export class StartError extends Error {
  override readonly name = "StartError";
  constructor(message: string, readonly kind: "in-use" | "unknown-conversation" | "other") {
    super(message);
  }
}

const NEEDED_VERSION = "2.1.329";
/** Without it the CLI does not say which prompts a turn answers. */
const NEEDED_CAPABILITY = "msg_lifecycle_v1";

const NOT_FOUND =
  "The command of Claude Code was not found. Is it installed on this machine, and on the PATH of this service?";

const LOST =
  "Claude Code no longer has the conversation of this session (`No conversation found`), so nothing was sent. The session's files are untouched. “Start afresh” begins a new conversation in it with this message; without that none is begun.";

/** The error for a system that cannot start the program at all. */
export function spawnError(error: unknown): StartError {
  if (error instanceof Deno.errors.NotFound) return new StartError(NOT_FOUND, "other");
  const why = error instanceof Error ? error.message : String(error);
  return new StartError(`Claude Code could not be started: ${why}`, "other");
}

/** The error for a CLI that ended before it was ready, from its last words. */
export function startError(words: string): StartError {
  if (/^setpriv: failed to execute/.test(words)) return new StartError(NOT_FOUND, "other");
  if (/is already in use/.test(words)) return new StartError(words, "in-use");
  if (/No conversation found/i.test(words)) return new StartError(LOST, "unknown-conversation");
  const why = words === ""
    ? "it ended without a word"
    : explain(words).replace(/^Claude Code: /, "");
  return new StartError(`Claude Code could not be started: ${why}`, "other");
}

/** The sentence for a CLI whose first line lacks what we build on; empty while nothing is missing. */
export function tooOld(message: FromCli): string {
  if (message.type !== "system" || message.subtype !== "init") return "";
  if (message.capabilities?.includes(NEEDED_CAPABILITY)) return "";
  const version = message.claude_code_version ?? "";
  return `Claude Code ${version} on this machine is too old: version ${NEEDED_VERSION} or newer is needed. Update it with \`claude update\`.`;
}
