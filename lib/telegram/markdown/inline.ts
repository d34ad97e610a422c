import type { Definition, Nodes, PhrasingContent } from "mdast";
import type { Canvas } from "./canvas.ts";
import { linkAddress, sameAddress } from "./links.ts";
import { revealed } from "./source.ts";

/** What a text refers to: the addresses behind labels, the numbers of footnotes. */
export interface References {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** The number of a footnote, given at its first mention. */
  footnote(identifier: string): number;
}

/** Draws running text. */
export function drawInline(canvas: Canvas, nodes: PhrasingContent[], refs: References): void {
  for (const node of nodes) drawPhrase(canvas, node, refs);
}

function drawPhrase(canvas: Canvas, node: PhrasingContent, refs: References): void {
  switch (node.type) {
    case "text":
    case "html":
      return canvas.write(revealed(node.value));
    case "break":
      return canvas.newline();
    case "inlineCode":
      return canvas.code(revealed(node.value));
    case "strong":
      return canvas.styled("bold", () => drawInline(canvas, node.children, refs));
    case "emphasis":
      return canvas.styled("italic", () => drawInline(canvas, node.children, refs));
    case "delete":
      return canvas.styled("strikethrough", () => drawInline(canvas, node.children, refs));
    case "link":
      return drawLink(canvas, node.url, plainText(node), () => {
        drawInline(canvas, node.children, refs);
      });
    case "linkReference": {
      const url = refs.definitions.get(node.identifier)?.url ?? "";
      return drawLink(canvas, url, plainText(node), () => {
        drawInline(canvas, node.children, refs);
      });
    }
    case "image":
      return drawImage(canvas, node.url, node.alt);
    case "imageReference":
      return drawImage(canvas, refs.definitions.get(node.identifier)?.url ?? "", node.alt);
    case "footnoteReference":
      return canvas.write(`[${refs.footnote(node.identifier)}]`);
    default:
      return node satisfies never;
  }
}

function drawImage(canvas: Canvas, url: string, alt: string | null | undefined): void {
  const label = revealed(alt ?? "");
  drawLink(canvas, url, label, () => canvas.write(label));
}

/** A link where Telegram takes the address, else the label with the address beside it. */
function drawLink(canvas: Canvas, target: string, label: string, draw: () => void): void {
  const url = revealed(target);
  if (label.trim() === "") return canvas.write(url);
  if (url === "" || sameAddress(label, url)) return draw();
  const address = linkAddress(url);
  if (address !== null) return canvas.link(address, draw);
  draw();
  canvas.write(` (${url.replace(/^mailto:/i, "")})`);
}

/** The text below a node, without any style. */
export function plainText(node: Nodes): string {
  if (node.type === "break") return "\n";
  if (node.type === "image" || node.type === "imageReference") return revealed(node.alt ?? "");
  if ("value" in node) return revealed(node.value);
  return "children" in node ? node.children.map(plainText).join("") : "";
}
