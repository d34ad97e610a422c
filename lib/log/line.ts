import type { LogRecord } from "@logtape/logtape";

/** `2026-11-20T19:02:11.123Z info telegram: message key=value`, without the line's end. */
export function formatLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString();
  const category = record.category.slice(1).join(".") || record.category.join(".");
  const message = record.message.map((part, index) => index % 2 === 0 ? part : show(part)).join("");
  return `${time} ${record.level.padEnd(7)} ${category}: ${message}${properties(record)}`;
}

/** Those that the message does not show already. */
function properties(record: LogRecord): string {
  const template = typeof record.rawMessage === "string" ? record.rawMessage : "";
  return Object.entries(record.properties)
    .filter(([key]) => !template.includes(`{${key}`))
    .map(([key, value]) =>
      ` ${key}=${typeof value === "string" ? JSON.stringify(value) : show(value)}`
    )
    .join("");
}

/** Nothing is cut here: a secret that is cut in two is no longer recognized as one. */
function show(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return Deno.inspect(value, {
      breakLength: Infinity,
      compact: true,
      depth: 8,
      iterableLimit: Infinity,
      strAbbreviateSize: Infinity,
    });
  } catch {
    return "[unprintable]";
  }
}

const LONGEST = 16 * 1024;
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** `text` as a line of the log: what could forge a line or a colour is spelled out. */
export function lineOf(text: string): string {
  const cut = text.length > LONGEST
    ? `${text.slice(0, LONGEST)}… (${text.length - LONGEST} more)`
    : text;
  return `${cut.replace(CONTROL, spelledOut)}\n`;
}

function spelledOut(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
