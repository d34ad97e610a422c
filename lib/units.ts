const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** A size as Proxmox's interface and Telegram show it, in thousands: 512 kB, 3.4 MB, 92 MB, 12.3 GB. */
export function bytes(count: number): string {
  // What rounds up to a thousand is one of the next.
  const power = UNITS.findIndex((_, index) => count < 999.5 * 1000 ** index);
  const unit = power === -1 ? UNITS.length - 1 : power;
  const value = count / 1000 ** unit;
  const decimals = unit >= 3 ? value < 99.95 : unit === 2 && value < 9.95;
  return `${decimals ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}
