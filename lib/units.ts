const SIZES = ["B", "kB", "MB", "GB", "TB", "PB"];

/** A size as Proxmox's interface and Telegram show it, in thousands: 512 kB, 3.4 MB, 92 MB, 12.3 GB. */
export function bytes(count: number): string {
  // What rounds up to a thousand is one of the next.
  const power = SIZES.findIndex((_, index) => count < 999.5 * 1000 ** index);
  const unit = power === -1 ? SIZES.length - 1 : power;
  const value = count / 1000 ** unit;
  const decimals = unit >= 3 ? value < 99.95 : unit === 2 && value < 9.95;
  return `${decimals ? value.toFixed(1) : Math.round(value)} ${SIZES[unit]}`;
}

type Told = number | null | undefined;

/** The part of a whole that is used; null when it is not known. */
export const usedPart = (used: Told, total: Told): number | null =>
  typeof used === "number" && typeof total === "number" && total > 0 ? used / total : null;

/** A part of 1 as "63 %"; never "100 %" for what is not whole. */
export function percent(part: number): string {
  return `${part >= 1 ? 100 : Math.min(99, Math.round(part * 100))} %`;
}

const SPANS: readonly (readonly [number, string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
];

/** A span of time in its largest unit, as people say it: "22 d", "5 h", "3 min", "under 1 min". */
export function duration(ms: number): string {
  const [size, unit] = SPANS.find(([size]) => ms >= size * (size === 86_400_000 ? 2 : 1)) ??
    [0, ""];
  return size === 0 ? "under 1 min" : `${Math.floor(ms / size)} ${unit}`;
}

/** A span of time in its two largest units: "7 min", "1 h 30 min", "3 d 4 h". */
export function span(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** 45 s, 3 min 12 s, 1 h 05 min. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
