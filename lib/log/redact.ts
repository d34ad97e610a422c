import { redactByPattern } from "@logtape/redaction";
import type { LogRecord, TextFormatter } from "@logtape/logtape";

/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

/** A shorter literal would hide ordinary words rather than a secret. */
const SHORTEST_SECRET = 4;

/** Secrets that are told by their look, whoever wrote them: bot tokens, API keys, login headers. */
const PATTERNS = [
  { pattern: /(?<!\d)\d{1,20}(?::|%3A)[A-Za-z0-9_-]{35,}/gi, replacement: REDACTED },
  { pattern: /sk-ant-[A-Za-z0-9_-]+/g, replacement: REDACTED },
  {
    pattern: /\b(Bearer|PBSAPIToken|PVEAPIToken)([ =:]+)[^\s"',]+/g,
    replacement: `$1$2${REDACTED}`,
  },
];

/**
 * `format` with every secret replaced in what it gives: the literal `secrets`, also as they appear
 * in URLs and in quoted text, and what looks like one. It works on the finished line, so nothing
 * that a message, a property or an error brings along gets past it.
 */
export function redacting(format: TextFormatter, secrets: readonly string[]): TextFormatter {
  const literals = secrets.filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    // The longest first: of two secrets one may begin with the other.
    .sort((a, b) => b.length - a.length)
    .map((literal) => ({ pattern: new RegExp(escaped(literal), "g"), replacement: REDACTED }));
  return redactByPattern(format, [...literals, ...PATTERNS]);
}

/** A text without its secrets, as `redacting` has it. */
export function redact(text: string, secrets: readonly string[]): string {
  return redacting(() => text, secrets)({} as LogRecord);
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
