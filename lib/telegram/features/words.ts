const WIDTH = 15;

/** A bar of squares, full at 1. */
export function bar(part: number): string {
  const full = Math.min(WIDTH, Math.max(part > 0 ? 1 : 0, Math.round(part * WIDTH)));
  return "▓".repeat(full) + "░".repeat(WIDTH - full);
}

/** 950, 12.3k, 1.2M. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_500) return `${(count / 1_000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** “at 19:04”, or “on Mon at 19:04” when that is not today; in this machine's time zone. */
export function when(time: number, now: number): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === new Date(now).toDateString()) return `at ${clock}`;
  const day = date.toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
  });
  return `on ${day} at ${clock}`;
}
