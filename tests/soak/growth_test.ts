import { assertEquals } from "@std/assert";
import { ENOUGH, growth, isDoubtful, LIMIT, median, type Sample } from "./growth.ts";

const steady = (rss: number): Sample => ({ rss, files: 40, claudes: 8 });
const byOf = (samples: readonly Sample[]) => growth(samples).find(({ what }) => what === "rss")!.by;

Deno.test("growth: a heap that finds its size and then stays is no growth", () => {
  const samples = [80, 95, 100, 110, 110, 111, 110, 109, 110, 111, 110, 110].map(steady);
  assertEquals(byOf(samples) < LIMIT, true);
});

Deno.test("growth: a leak is seen, a single peak is not", () => {
  assertEquals(byOf([...Array(24).keys()].map((n) => steady(100 + n))) >= LIMIT, true);
  const peak = [...Array(24).keys()].map((n) => steady(n === 20 ? 190 : 100));
  assertEquals(byOf(peak), 0);
});

Deno.test("growth: the median of an even number of values lies between the middle two", () => {
  assertEquals([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2.5, 0]);
});

Deno.test("growth: what may be chance is watched longer, a leak is judged in the end", () => {
  const leak = (length: number) => Array.from({ length }, (_, at) => steady(100 + at));
  assertEquals(isDoubtful(leak(ENOUGH - 1)), false); // It is not judged at all.
  assertEquals(isDoubtful(Array(ENOUGH).fill(steady(100))), false);
  const more = [...Array(40).keys()].map((at) => ({
    ...steady(100 + at),
    files: at < 30 ? 40 : 45,
  }));
  assertEquals(isDoubtful(more), false); // Files do not come and go.
  for (let length = 50, looks = 0;; length *= 2, looks++) {
    assertEquals(byOf(leak(length)) >= LIMIT, true);
    if (isDoubtful(leak(length))) continue;
    assertEquals([length, looks], [200, 2]);
    break;
  }
});
