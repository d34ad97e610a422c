import type { Token } from "markdown-it";
import type { Canvas, Style } from "./canvas.ts";
import { linkAddress, sameAddress } from "../links.ts";
import { revealed } from "./source.ts";

/** The number of the footnote that a token mentions, given at its first mention. */
export type Numbers = (label: unknown) => number;

const STYLES: Readonly<Record<string, Style>> = {
  strong: "bold",
  em: "italic",
  s: "strikethrough",
};

/** Draws running text. */
export function drawInline(canvas: Canvas, tokens: readonly Token[], numbers: Numbers): void {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const style = STYLES[token.tag];
    if (style !== undefined) {
      if (token.nesting > 0) canvas.open(style);
      else canvas.close(style);
    } else if (token.type === "link_open") {
      const inner = linkAt(tokens, at);
      drawLink(canvas, token.attrGet("href"), plainText(inner), () => {
        drawInline(canvas, inner, numbers);
      });
      at += inner.length + 1;
    } else drawToken(canvas, token, numbers);
  }
}

function drawToken(canvas: Canvas, token: Token, numbers: Numbers): void {
  switch (token.type) {
    case "softbreak":
    case "hardbreak":
      return canvas.newline();
    case "code_inline":
      return canvas.code(revealed(token.content));
    case "image": {
      const label = plainText(token.children ?? []);
      return drawLink(canvas, token.attrGet("src"), label, () => canvas.write(label));
    }
    case "footnote_ref":
      return canvas.write(`[${numbers(token.meta?.["label"])}]`);
    default:
      return canvas.write(revealed(token.content));
  }
}

/** The tokens between the link that opens at a place and its end; only an address may be a link in it. */
function linkAt(tokens: readonly Token[], at: number): readonly Token[] {
  const { level } = tokens[at]!;
  const isEnd = (token: Token) => token.type === "link_close" && token.level === level;
  let end = at + 1;
  while (end < tokens.length && !isEnd(tokens[end]!)) end++;
  return tokens.slice(at + 1, end);
}

/** Draws a link where Telegram takes the address, else the label with the address beside it. */
function drawLink(canvas: Canvas, target: unknown, label: string, draw: () => void): void {
  const url = revealed(String(target ?? ""));
  if (label.trim() === "") return canvas.write(url);
  if (url === "" || sameAddress(label, url)) return draw();
  const address = linkAddress(url);
  if (address !== null) return canvas.link(address, draw);
  draw();
  canvas.write(` (${url.replace(/^mailto:/i, "")})`);
}

/** Running text without any style. */
export function plainText(tokens: readonly Token[]): string {
  return tokens.map((token) => {
    if (token.type === "softbreak" || token.type === "hardbreak") return "\n";
    return token.type === "image" ? plainText(token.children ?? []) : revealed(token.content);
  }).join("");
}

/** Running text that is more than its letters: a link or a picture behind a label, a footnote. */
export function refersBeyond(tokens: readonly Token[]): boolean {
  return tokens.some((token, at) => {
    if (token.type === "footnote_ref") return true;
    if (token.type !== "link_open" && token.type !== "image") return false;
    const label = plainText(token.type === "image" ? token.children ?? [] : linkAt(tokens, at));
    const url = revealed(String(token.attrGet(token.type === "image" ? "src" : "href") ?? ""));
    return !sameAddress(label, url) || linkAddress(url) === null;
  });
}
