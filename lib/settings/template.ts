import { type JsonSchema, settingsJsonSchema } from "./schema.ts";

const HEAD =
  `// Settings of Switchboard. JSON with comments; a wrong key or value stops the start and is named.
// Secrets do not belong here: the bot token comes from the variable TELEGRAM_BOT_TOKEN, from the
// file that telegram.token_file names, or from the systemd credential "telegram_bot_token".
`;

/**
 * The commented `switchboard.jsonc` that `switchboard init` writes: every key with its default and what
 * it means, as the schema has them, so that the file says what can be set. Who is allowed is for the
 * owner to fill in.
 */
export function settingsTemplate(): string {
  const { $schema: _editorHint, ...parts } = settingsJsonSchema().properties ?? {};
  return `${HEAD}${objectText(parts, "", "\n\n")}\n`;
}

/** Its keys, each below what it means; one without a default is an example in a comment. */
function objectText(
  properties: Readonly<Record<string, JsonSchema>>,
  indent: string,
  between = "\n",
): string {
  const inner = `${indent}  `;
  const keys = Object.entries(properties);
  const entries = keys.map(([key, { description = "", example, ...schema }], index) => {
    const comma = index === keys.length - 1 ? "" : ",";
    const line = example === undefined
      ? `"${key}": ${valueText(schema, inner)}${comma}`
      : `// "${key}": ${inLine(example)}${comma}`;
    return [...wrapped(description), line].map((each) => inner + each).join("\n");
  });
  return `{\n${entries.join(between)}\n${indent}}`;
}

const valueText = ({ properties, default: value }: JsonSchema, indent: string): string =>
  properties === undefined ? inLine(value) : objectText(properties, indent);

/** JSON in one line, as people write it. */
const inLine = (value: unknown): string =>
  JSON.stringify(value, null, 1).replace(/\s*\n\s*/g, " ").replace(/\[ | \]/g, (end) => end.trim());

/** A comment of lines that fit into a page. */
function wrapped(text: string): string[] {
  return (text.match(/\S.{0,92}(?=\s|$)/g) ?? []).map((line) => `// ${line}`);
}
