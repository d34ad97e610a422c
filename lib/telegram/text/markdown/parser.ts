import MarkdownIt, {
  type MarkdownIt as Parser,
  type StateBlock,
  type StateCore,
  type StateInline,
  type Token,
} from "markdown-it";

/** A longer paragraph, heading or cell keeps its Markdown as text: nobody reads that on a phone. */
const LONGEST_STRETCH = 16_000;
/** Quotes count one level and lists two; markers that lie deeper are text. */
const DEEPEST = 24;

type BlockRule = (state: StateBlock, start: number, end: number, silent: boolean) => boolean;

/** A block of a document, with the blocks in it. */
export interface Block {
  readonly token: Token;
  readonly children: readonly Block[];
}

/**
 * The blocks of a Markdown source: CommonMark with tables, strikethrough and footnotes; HTML is text.
 * The time grows with the length, and blocks nest no deeper than a stack takes.
 */
export function parse(source: string): Block[] {
  const root: Block[] = [];
  const open = [root];
  for (const token of PARSER.parse(source, { notes: new Set() })) {
    if (token.nesting < 0) {
      open.pop();
      continue;
    }
    const children: Block[] = [];
    open.at(-1)?.push({ token, children });
    if (token.nesting > 0) open.push(children);
  }
  return root;
}

const PARSER = parser();

function parser(): Parser {
  const md = new MarkdownIt({ maxNesting: 2 * DEEPEST });
  // Addresses stay as they are written; which of them become links is decided when they are drawn.
  md.normalizeLink = md.normalizeLinkText = (url) => url;
  md.validateLink = () => true;
  md.core.ruler.disable("strip_references"); // A definition that nothing refers to is shown.
  md.core.ruler.before("inline", "excess", keepExcess);
  md.core.ruler.at("inline", parseStretches);
  const alt = ["paragraph", "reference", "blockquote"];
  restrict(md, "blockquote", isShallow, [...alt, "list"]);
  restrict(md, "list", isShallow, alt);
  restrict(md, "table", hasBar, ["paragraph", "reference"]);
  md.block.ruler.before("reference", "footnote", footnote, { alt });
  md.inline.ruler.before("link", "footnote", mention);
  return md;
}

/** Lets a rule of the parser see only what `sees` lets through; `alt` is what its blocks interrupt. */
function restrict(
  md: Parser,
  name: string,
  sees: (state: StateBlock, line: number) => boolean,
  alt: string[],
): void {
  const { ruler } = new MarkdownIt().block;
  ruler.enableOnly(name);
  const [rule] = ruler.getRules("") as [BlockRule];
  md.block.ruler.at(name, (state, start, end, silent) => {
    return sees(state, start) && rule(state, start, end, silent);
  }, { alt });
}

function isShallow({ level }: StateBlock): boolean {
  return level < DEEPEST;
}

/** Tells the line below a table's head from the one that makes a heading of the line above it. */
function hasBar({ src, bMarks, eMarks }: StateBlock, line: number): boolean {
  return src.slice(bMarks[line + 1], eMarks[line + 1]).includes("|");
}

/** `[^label]: …`, with the indented blocks below it. */
function footnote(state: StateBlock, start: number, end: number, silent: boolean): boolean {
  const { bMarks, tShift, sCount, blkIndent } = state;
  if (sCount[start]! - blkIndent >= 4 || !isShallow(state)) return false;
  const from = bMarks[start]! + tShift[start]!;
  const head = /^\[\^([^\s[\]]{1,200})\]:[ \t]*/.exec(state.src.slice(from, state.eMarks[start]));
  if (head === null || silent) return head !== null;
  const label = head[1]!.toLowerCase();
  notesOf(state).add(label);
  const before = [bMarks[start]!, tShift[start]!, sCount[start]!] as const;
  state.push("footnote_open", "", 1).meta = { label };
  state.blkIndent += 4;
  [bMarks[start], tShift[start], sCount[start]] = [from + head[0].length, 0, state.blkIndent];
  state.md.block.tokenize(state, start, end);
  [bMarks[start], tShift[start], sCount[start]] = before;
  state.blkIndent = blkIndent;
  state.push("footnote_close", "", -1);
  return true;
}

/** `[^label]` where there is such a footnote. */
function mention(state: StateInline, silent: boolean): boolean {
  if (!state.src.startsWith("[^", state.pos)) return false;
  const pattern = /\[\^([^\s[\]]{1,200})\]/y;
  pattern.lastIndex = state.pos;
  const label = pattern.exec(state.src)?.[1]?.toLowerCase();
  if (label === undefined || !notesOf(state).has(label)) return false;
  if (!silent) state.push("footnote_ref", "", 0).meta = { label };
  state.pos = pattern.lastIndex;
  return true;
}

const notesOf = ({ env }: { env: Record<string, unknown> }) => env["notes"] as Set<string>;

/** Adds the cells of a row that have no column, which GFM would drop, to its last one. */
function keepExcess({ src, tokens }: StateCore): void {
  const lines = src.split("\n");
  let columns = 0;
  let excess: string[] = [];
  for (const [at, { type, map }] of tokens.entries()) {
    if (type === "thead_open") columns = 0;
    else if (type === "th_open") columns++;
    else if (type === "tr_open") excess = cellsOf(lines[map![0]]!).slice(columns || Infinity);
    else if (type === "tr_close" && excess.length > 0) {
      tokens[at - 2]!.content += ` | ${excess.join(" | ")}`;
      excess = [];
    }
  }
}

function cellsOf(row: string): string[] {
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  if (/^[\s>]*$/.test(cells[0]!)) cells.shift();
  if (cells.at(-1) === "") cells.pop();
  return cells;
}

function parseStretches({ tokens, md, env, Token }: StateCore): void {
  for (const token of tokens) {
    if (token.type !== "inline") continue;
    token.children = [];
    if (token.content.length <= LONGEST_STRETCH) {
      md.inline.parse(token.content, md, env, token.children);
    } else {
      const text = new Token("text", "", 0);
      text.content = token.content;
      token.children.push(text);
    }
  }
}
