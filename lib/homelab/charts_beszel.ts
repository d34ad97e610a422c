import type { BeszelHub } from "./beszel_hub.ts";
import type { Chart } from "./charts.ts";
import { systemChart, type SystemDay, systemsChart } from "./charts_data.ts";
import { matches } from "./report.ts";

/** So many systems are asked about for one picture. */
const MOST_SYSTEMS = 6;

/**
 * The last 24 hours of the systems that have `only` in their name: of one alone all its curves, of
 * several a curve each. Null when the hub remembers nothing of them.
 * @throws {ServiceError}
 */
export async function beszelChart(
  hub: Pick<BeszelHub, "lists">,
  now: number,
  signal: AbortSignal,
  only?: string,
): Promise<Chart | null> {
  const [listed] = await hub.lists(
    ["systems/records?perPage=500&sort=name,id&fields=id,name"],
    signal,
  );
  if (listed === undefined || listed.status === "rejected") throw listed?.reason;
  const systems = listed.value.map((record) => Object(record) as { id?: unknown; name?: unknown })
    .flatMap(({ id, name }) =>
      typeof id === "string" && typeof name === "string" ? [{ id, name }] : []
    )
    .filter(({ id, name }) => /^\w+$/.test(id) && matches(only, name));
  // "nas" is that system alone, though there is a "nas-backup".
  const exact = systems.filter(({ name }) => name.toLowerCase() === only?.toLowerCase());
  const wanted = (exact.length > 0 ? exact : systems).slice(0, MOST_SYSTEMS);
  const [first, ...more] = wanted.map(({ id }) => statsPath(id));
  if (first === undefined) return null;
  const answers = await hub.lists([first, ...more], signal);
  const days = answers.flatMap((answer, index): SystemDay[] =>
    answer.status === "fulfilled" ? [{ name: wanted[index]!.name, records: answer.value }] : []
  );
  return days.length === 1
    ? systemChart(days[0]!.name, days[0]!.records, now)
    : systemsChart(days, now);
}

/** The hub keeps means over 20 minutes for a day: 72 records. */
function statsPath(id: string): string {
  const filter = encodeURIComponent(`system='${id}' && type='20m'`);
  return `system_stats/records?filter=${filter}&sort=-created&perPage=80&skipTotal=1&fields=created,stats`;
}
