const BAR_CELLS = 10;

/** A part of 1 as "63 %"; never "100 %" for what is not whole. */
export function percent(part: number): string {
  return `${part >= 1 ? 100 : Math.min(99, Math.round(part * 100))} %`;
}

/** "██████░░░░" */
export function bar(part: number): string {
  const filled = Math.max(0, Math.min(BAR_CELLS, Math.round(part * BAR_CELLS)));
  return "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
}

/** Text of a service in one line of a phone's width or three, not more. */
export function oneLine(text: string, longest = 120): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
