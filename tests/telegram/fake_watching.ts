import type { Watch } from "../../lib/journal/mod.ts";
import type { Watching } from "../../lib/telegram/mod.ts";

const HOUR = 3_600_000;

/** Watches that nobody runs: the only schedule is "hourly". */
export class FakeWatching implements Watching {
  changes = 0;

  read(text: string) {
    const [schedule = "", ...rest] = text.split(" ");
    return schedule === "hourly"
      ? { schedule, rest: rest.join(" ") }
      : { problem: "No such time." };
  }

  next({ createdAt, lastRunAt }: Watch): number {
    return (lastRunAt ?? createdAt) + HOUR;
  }

  changed(): void {
    this.changes++;
  }

  bookedUnder = (id: number) => `watch-${id}`;
}
