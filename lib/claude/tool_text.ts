/** More of a tool's input or output is of no use in a chat, and would lie in the journal. */
const LONGEST = 200_000;

type Input = Readonly<Record<string, unknown>>;

/** The one field that says it all, by tool. */
const TELLING: Readonly<Record<string, string>> = {
  Bash: "command",
  Read: "file_path",
  Glob: "pattern",
  WebFetch: "url",
  WebSearch: "query",
};

const cut = (text: string) =>
  text.length <= LONGEST
    ? text
    : `${text.slice(0, LONGEST).toWellFormed()}\n… cut: it had ${text.length} characters`;

/** What a tool was called with, to read. */
export function toolInput(name: string, input: Input): string {
  const telling = input[TELLING[name] ?? ""];
  return cut(typeof telling === "string" ? telling : JSON.stringify(input, null, 2));
}

/** What a tool gave, from a `tool_result`'s content: its texts; other things by their kind. */
export function toolOutput(content: unknown): string {
  if (typeof content === "string") return cut(content);
  if (!Array.isArray(content)) return "";
  return cut(content.map(textOf).filter((text) => text !== "").join("\n"));
}

function textOf(block: unknown): string {
  if (block === null || typeof block !== "object" || !("type" in block)) return "";
  if ("text" in block && typeof block.text === "string") return block.text;
  return typeof block.type === "string" ? `[${block.type}]` : "";
}
