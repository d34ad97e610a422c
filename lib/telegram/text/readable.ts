const DEEPEST = 6;

/** A value of JSON as indented lines, as one would write it in YAML; not meant to be read back. */
export function readable(value: unknown, depth = 0): string {
  if (typeof value === "string") return text(value);
  if (value === null || typeof value !== "object") return String(value);
  if (depth >= DEEPEST) return JSON.stringify(value);
  const entries = Array.isArray(value)
    ? value.map((item) => ["-", item] as const)
    : Object.entries(value).map(([key, item]) => [`${key}:`, item] as const);
  return entries.map(([head, item]) => entry(head, readable(item, depth + 1), item)).join("\n");
}

function entry(head: string, body: string, item: unknown): string {
  const nested = item !== null && typeof item === "object" && body !== "";
  return body.includes("\n") || nested ? `${head}\n${indented(body)}` : `${head} ${body}`.trimEnd();
}

const indented = (body: string) => body.split("\n").map((line) => `  ${line}`).join("\n");

const text = (value: string) => value.replace(/\r\n?/g, "\n").replace(/\n$/, "");
