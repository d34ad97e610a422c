/** What the program holds at a moment when everything rests. */
export interface Sample {
  /** Resident memory in MB. */
  readonly rss: number;
  /** Open file descriptors. */
  readonly files: number;
  /** Running `claude` processes. */
  readonly claudes: number;
}

/** So much of a life is its beginning, in which caches, compiled code and the heap find their size. */
const WARM_UP = 1 / 2;
/** What may not be reached from the first half of the rest to the second. */
export const LIMIT = 0.05;

/** With fewer samples a life is too short to be judged. */
export const ENOUGH = 32;
/** With fewer samples a growth may be chance: a heap that holds nothing more comes and goes by 5 %. */
const SURE = 160;

/** Two halves of what follows the warm-up, each by the median of its samples. */
export interface Growth {
  readonly what: "rss" | "files" | "claudes";
  readonly first: number;
  readonly second: number;
  /** 0.05 for 5 %. */
  readonly by: number;
}

/** How much each thing grew behind the warm-up. A median is deaf to a single collection of garbage. */
export function growth(samples: readonly Sample[]): Growth[] {
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP));
  const half = Math.floor(warm.length / 2);
  return (["rss", "files", "claudes"] as const).map((what) => {
    const values = warm.map((sample) => sample[what]);
    const [first, second] = [median(values.slice(0, half)), median(values.slice(-half))];
    return { what, first, second, by: first === 0 ? 0 : second / first - 1 };
  });
}

/**
 * Whether a life whose memory seems to have grown is to be watched for as long again: what is chance
 * goes, and a leak stays, since what is set against each other gets longer, too. Of files and processes
 * nothing is chance.
 */
export function isDoubtful(samples: readonly Sample[]): boolean {
  if (samples.length < ENOUGH || samples.length >= SURE) return false;
  const grown = growth(samples).filter(({ by }) => by >= LIMIT);
  return grown.length > 0 && grown.every(({ what }) => what === "rss");
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? 0 : (low + high) / 2;
}
