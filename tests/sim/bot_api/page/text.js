import { copy, el, icon } from "./dom.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
};
/** A quote that opens shows so many characters or lines while it is closed. */
const CLOSED_CHARACTERS = 160;
const CLOSED_LINES = 3;

/** The text with its entities as nodes. `onCommand` gets the commands that are tapped. */
export function richText(text, entities, onCommand) {
  const root = { type: "root", start: 0, end: text.length, children: [] };
  nest(
    root,
    [...entities].map(({ offset, length, ...rest }) => ({
      ...rest,
      start: offset,
      end: offset + length,
      children: [],
    })),
  );
  const fragment = document.createDocumentFragment();
  fragment.append(...render(root, text, onCommand));
  return fragment;
}

/** Puts each entity into the one that holds it; one that crosses a border is cut there. */
function nest(root, entities) {
  const order = (a, b) => a.start - b.start || b.end - a.end;
  const queue = entities.sort(order);
  const open = [root];
  while (queue.length > 0) {
    const entity = queue.shift();
    while (open.at(-1) !== root && open.at(-1).end <= entity.start) open.pop();
    const parent = open.at(-1);
    if (entity.end > parent.end) {
      queue.push({ ...entity, start: parent.end, children: [] });
      queue.sort(order);
      entity.end = parent.end;
    }
    if (entity.end <= entity.start) continue;
    parent.children.push(entity);
    open.push(entity);
  }
}

function render(node, text, onCommand) {
  const nodes = [];
  let at = node.start;
  let afterBlock = false;
  const plain = (end) => {
    // A block stands on lines of its own already; the line break after it would be one too many.
    const from = afterBlock && text[at] === "\n" ? at + 1 : at;
    if (end > from) nodes.push(...plainText(text.slice(from, end), node, onCommand));
    at = end;
  };
  for (const child of node.children) {
    plain(child.start);
    nodes.push(element(child, text, onCommand));
    at = child.end;
    afterBlock = BLOCKS.has(child.type);
  }
  plain(node.end);
  return nodes;
}

/** Telegram makes commands and links of the plain text tappable by itself. */
function plainText(text, { type }, onCommand) {
  if (["code", "pre", "text_link", "url", "bot_command"].includes(type)) return [text];
  const nodes = [];
  let at = 0;
  const found =
    /(?<![\w/<>])\/[a-zA-Z0-9_]{1,32}(?![\w/<>@.])|\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;
  for (const match of text.matchAll(found)) {
    nodes.push(text.slice(at, match.index));
    nodes.push(match[0].startsWith("/") ? command(match[0], onCommand) : link(match[0], match[0]));
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

function element(node, text, onCommand) {
  const inner = text.slice(node.start, node.end);
  const children = () => render(node, text, onCommand);
  switch (node.type) {
    case "pre":
      return codeBlock(inner, node.language);
    case "blockquote":
      return el("blockquote", {}, ...children());
    case "expandable_blockquote":
      return openingQuote(inner, children());
    case "spoiler":
      return spoiler(children());
    case "text_link":
      return link(node.url, ...children());
    case "url":
      return link(inner, inner);
    case "bot_command":
      return command(inner, onCommand);
    case "date_time":
      return el("time", { class: "moment" }, ...children());
    default:
      return el(TAGS[node.type] ?? "span", {}, ...children());
  }
}

function link(url, ...children) {
  const isSafe = /^(https?:\/\/|tg:|ton:)/i.test(url);
  if (!isSafe) return el("span", {}, ...children);
  return el(
    "a",
    { href: url, title: url, target: "_blank", rel: "noopener noreferrer" },
    ...children,
  );
}

function command(text, onCommand) {
  return el("button", { type: "button", class: "inline", onclick: () => onCommand(text) }, text);
}

function codeBlock(code, language) {
  const text = code.replace(/\n$/, "");
  return el(
    "figure",
    { class: "code" },
    el(
      "figcaption",
      {},
      el("span", {}, language || "code"),
      el(
        "button",
        { type: "button", "aria-label": "Copy the code", onclick: () => copy(text) },
        icon("copy"),
        "Copy",
      ),
    ),
    el("pre", { tabindex: "0", "aria-label": "Code" }, el("code", {}, text)),
  );
}

function openingQuote(inner, children) {
  const isLong = inner.length > CLOSED_CHARACTERS || inner.split("\n").length > CLOSED_LINES;
  const body = el("div", { class: "quote-body" }, ...children);
  const quote = el("blockquote", { class: isLong ? "opening closed" : "opening" }, body);
  if (!isLong) return quote;
  const button = el(
    "button",
    { type: "button", class: "unfold", "aria-expanded": "false" },
    "More",
  );
  button.addEventListener("click", () => {
    const isClosed = quote.classList.toggle("closed");
    button.setAttribute("aria-expanded", String(!isClosed));
    button.textContent = isClosed ? "More" : "Less";
  });
  quote.append(button);
  return quote;
}

function spoiler(children) {
  const cover = el(
    "span",
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, hidden" },
    el("span", { "aria-hidden": "true" }, ...children),
  );
  const reveal = (event) => {
    if (!cover.classList.contains("spoiler")) return;
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    cover.className = "revealed";
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
    cover.firstChild.removeAttribute("aria-hidden");
  };
  cover.addEventListener("click", reveal);
  cover.addEventListener("keydown", reveal);
  return cover;
}
