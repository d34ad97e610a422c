/**
 * How Telegram's clients cut a text that is too long for a message, as their sources say: Desktop
 * (lib_ui text_entity.cpp CutPart), Android (ChatActivityEnterView.processSendingText), iOS
 * (breakChatInputText), macOS (ObjcUtils.m cut_long_message) and Web K (splitStringByLength.ts, whose
 * offsets from the third part on are wrong; here it cuts by its rule).
 */
const MOST = 4096;

export type Client = (text: string) => string[];

/** Desktop: the last of the best gaps between the code points 2049 and 4096. */
const desktop: Client = (text) => {
  const parts: string[] = [];
  for (let rest = [...text.trim()]; rest.length > 0;) {
    if (rest.length <= MOST) {
      parts.push(rest.join(""));
      break;
    }
    let [best, at] = [-1, MOST];
    for (let end = MOST / 2 + 1; end <= MOST; end++) {
      const level = desktopLevel(rest, end);
      if (level >= best) [best, at] = [level, end];
    }
    parts.push(rest.slice(0, at).join("").trim());
    rest = [...rest.slice(at).join("").trim()];
  }
  return parts;
};

function desktopLevel(text: readonly string[], end: number): number {
  const [before, here = ""] = [text[end - 1]!, text[end]];
  if (before === "\n" && here === "\n") return 15;
  if (before === "\n") return 12;
  const isGap = /\s/.test(before);
  const word = text[end - 2] ?? "";
  if (isGap && /[.?!]/.test(word)) return 10;
  if (isGap && /[,:;]/.test(word)) return 8;
  if (isGap) return 6;
  return /[\p{P}\p{S}]/u.test(before) ? 4 : 2;
}

/** Android: a gap within the last 300 UTF-16 units; behind it one unit is left out. */
const android: Client = (text) => {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > MOST) {
    const [from, window] = [MOST - 300, rest.slice(MOST - 300, MOST)];
    const blank = window.lastIndexOf("\n\n");
    const line = window.indexOf("\n");
    const sentence = window.lastIndexOf(". ") + 1; // Behind the stop, before the blank.
    const word = window.lastIndexOf(" ");
    const found = [blank, line, sentence || -1, word].find((at) => at >= 0);
    const end = found === undefined ? MOST : from + found;
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end + 1);
  }
  return [...parts, rest.trim()];
};

/** iOS: the last newline or full stop, wherever it is. */
const ios: Client = (text) =>
  byLast(text, (head) => Math.max(head.lastIndexOf("\n"), head.lastIndexOf(".")));

/** macOS: the last blank line, wherever it is; else the last newline, else the last blank. */
const macos: Client = (text) =>
  byLast(text, (head) => {
    const blank = head.lastIndexOf("\n\n");
    if (blank > 0) return blank;
    const line = head.lastIndexOf("\n");
    return line > 0 ? line : head.lastIndexOf(" ");
  });

/** Web K: the last blank. */
const webK: Client = (text) => byLast(text, (head) => head.lastIndexOf(" "));

function byLast(text: string, gapIn: (head: string) => number): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > MOST) {
    const gap = gapIn(rest.slice(0, MOST));
    const end = gap > 0 ? gap + 1 : MOST;
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return [...parts, rest].filter((part) => part !== "");
}

export const CLIENTS: Readonly<Record<string, Client>> = {
  Desktop: desktop,
  Android: android,
  iOS: ios,
  macOS: macos,
  "Web K": webK,
};
