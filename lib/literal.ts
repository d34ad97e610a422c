import { withoutAnsi } from "./ansi.ts";

/** A text that Markdown shows as it is, in one line: by its numbers, no sign means anything. */
export const literal = (text: string): string =>
  withoutAnsi(text).replace(/\s+/g, " ").trim()
    .replace(/[!-/:-@[-`{-~]/g, (sign) => `&#${sign.charCodeAt(0)};`);
