import type { MessageEntity } from "grammy/types";
import { fitted, type FormattedText } from "../formatted.ts";

/** A style of running text. Styles may lie inside each other, but not inside code. */
export type Style = "bold" | "italic" | "underline" | "strikethrough";

interface Open {
  readonly style: Style;
  start: number;
  /** The number of times it was opened: within itself a style changes nothing. */
  times: number;
}

/** From here on a quote opens with a tap. */
const LONG_QUOTE = { lines: 6, characters: 400 };

/**
 * Text under construction, with what is styled in it. It keeps Telegram's rules while drawing:
 * nothing inside code, a code span or block is never part of a style, a link holds no code, quotes do
 * not nest, and no entity is empty or begins or ends in whitespace.
 */
export class Canvas {
  #text = "";
  #entities: MessageEntity[] = [];
  #open: Open[] = [];
  #link = false;
  #quote = false;
  #indent = "";
  #fresh = true;

  get length(): number {
    return this.#text.length;
  }

  /** Running text; its lines begin at the present indentation. */
  write(text: string): void {
    for (const [index, line] of untabbed(text, " ").split("\n").entries()) {
      if (index > 0) this.newline();
      if (line === "") continue;
      if (this.#fresh) this.#text += this.#indent;
      this.#fresh = false;
      this.#text += line;
    }
  }

  newline(): void {
    this.#text += "\n";
    this.#fresh = true;
  }

  /** Begins a style, which lasts until it is closed as often as it was opened. */
  open(style: Style): void {
    const open = this.#open.find((each) => each.style === style);
    if (open) open.times++;
    else this.#open.push({ style, start: this.length, times: 1 });
  }

  close(style: Style): void {
    const open = this.#open.find((each) => each.style === style);
    if (!open || --open.times > 0) return;
    this.#open = this.#open.filter((each) => each !== open);
    this.#mark({ type: style, offset: open.start, length: this.length - open.start });
  }

  /** Writes what `draw` does, in a style. */
  styled(style: Style, draw: () => void): void {
    this.open(style);
    draw();
    this.close(style);
  }

  /** Writes what `draw` does, as a link. */
  link(url: string, draw: () => void): void {
    const offset = this.length;
    const outer = this.#link;
    this.#link = true;
    draw();
    this.#link = outer;
    if (!outer) this.#mark({ type: "text_link", url, offset, length: this.length - offset });
  }

  /** A code span. Styles end before it and begin anew after it. */
  code(text: string): void {
    if (this.#link) return this.write(text);
    if (this.#fresh) this.#text += this.#indent;
    this.#fresh = false;
    for (const open of this.#open) {
      this.#mark({ type: open.style, offset: open.start, length: this.length - open.start });
    }
    const offset = this.length;
    this.#text += untabbed(text, " ");
    this.#mark({ type: "code", offset, length: text.length });
    for (const open of this.#open) open.start = this.length;
  }

  /** A block of code, at the line's beginning whatever the indentation. */
  pre(text: string, language?: string): void {
    const body = untabbed(text, "    ").replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
    if (body === "") return;
    const place = { type: "pre" as const, offset: this.length, length: body.length };
    this.#entities.push(language ? { ...place, language } : place);
    this.#text += body;
    this.#fresh = false;
  }

  /** Writes what `draw` does, as a quote at the line's beginning; a quote within a quote is its text. */
  quote(draw: () => void): void {
    if (this.#quote) return draw();
    const indent = this.#indent;
    const offset = this.length;
    this.#quote = true;
    this.#indent = "";
    draw();
    this.#quote = false;
    this.#indent = indent;
    this.#mark({ type: "blockquote", offset, length: this.length - offset });
  }

  /** Writes what `draw` does, with its further lines moved to the right by `indent`. */
  indented(indent: string, draw: () => void): void {
    const outer = this.#indent;
    this.#indent += indent;
    draw();
    this.#indent = outer;
  }

  /** The finished text: trimmed, its entities in order. */
  finish(): FormattedText {
    const blank = this.#text.length - this.#text.trimStart().length;
    const pre = this.#entities.find((entity) => entity.type === "pre");
    const lead = Math.min(blank, pre?.offset ?? blank);
    const text = this.#text.slice(lead).trimEnd();
    if (text === "") return { text, entities: [] };
    const moved = this.#entities.map((entity) => ({ ...entity, offset: entity.offset - lead }));
    const entities = fitted(text, moved).map((entity) => withLongQuotesFolded(entity, text));
    return { text, entities };
  }

  /** Looked at again when the text is whole: to read a text that grows is quadratic. */
  #mark(entity: MessageEntity): void {
    if (entity.length > 0) this.#entities.push(entity);
  }
}

/** Telegram makes one space of a tab, which would flatten code. */
function untabbed(text: string, spaces: string): string {
  return text.replaceAll("\t", spaces);
}

function withLongQuotesFolded(entity: MessageEntity, text: string): MessageEntity {
  if (entity.type !== "blockquote") return entity;
  const quote = text.slice(entity.offset, entity.offset + entity.length);
  const long = quote.length > LONG_QUOTE.characters || quote.split("\n").length > LONG_QUOTE.lines;
  return long ? { ...entity, type: "expandable_blockquote" } : entity;
}
