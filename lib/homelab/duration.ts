const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
];

/** A span of time in its largest unit, as people say it: "22 d", "5 h", "3 min", "under 1 min". */
export function duration(ms: number): string {
  const [size, unit] = UNITS.find(([size]) => ms >= size * (size === 86_400_000 ? 2 : 1)) ??
    [0, ""];
  return size === 0 ? "under 1 min" : `${Math.floor(ms / size)} ${unit}`;
}
