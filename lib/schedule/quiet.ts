/** Minutes since midnight of `HH:MM`. */
function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(":").map(Number);
  return hours * 60 + rest;
}

/** Whether `now` lies in a span such as "23:00-07:00", in this machine's time zone; null: never. */
export function isQuiet(span: string | null, now: number): boolean {
  if (span === null) return false;
  const [from = 0, to = 0] = span.split("-").map(minutes);
  const date = new Date(now);
  const at = date.getHours() * 60 + date.getMinutes();
  return from <= to ? at >= from && at < to : at >= from || at < to;
}
