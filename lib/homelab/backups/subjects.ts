/**
 * Whose backups are whose, and where they should be: one vmid may be several guests.
 * @module
 */
import { type Collected, type Place, placeName, type Series } from "./pbs.ts";
import { backsUp, type Expected, type Storage, storageOf } from "./pve.ts";
import type { Snapshot } from "./snapshots.ts";
import type { Guest } from "../pve/guests.ts";

/** Where backups of a guest should be, by one job or by what was there so far. */
export interface Target {
  /** A storage of PVE, or the place in PBS. */
  readonly where: string;
  /** The schedule of the job; null when only its history says how often. */
  readonly schedule: string | null;
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
  /** True when PBS tells if they are good. */
  readonly verifies: boolean;
  /** True where they are known from the logs of what made them, and may not be there any more. */
  readonly byLog?: true;
  /** Why it is not known which backups there are, or whether they are good. */
  readonly doubt: string | null;
}

/** Something that is backed up. */
export interface Subject {
  /** `ct/102`; with its place, `ct/102 in main/pve2`, where another guest has that number. */
  readonly name: string;
  /** As PBS names it; `late_hours` knows it by that. */
  readonly id: string;
  /** As people call it. */
  readonly label: string;
  /** Null for what PVE does not list. */
  readonly guest: Guest | null;
  /** It lies where PVE backs up to, and PVE lists no such guest. */
  readonly gone: boolean;
  readonly targets: readonly Target[];
  /** Where PBS has backups of it. */
  readonly series: readonly Series[];
}

/** True when a group of backups is one of PVE's guests, and no host. */
export const isGuest = (id: string): boolean => /^(ct|vm)\//.test(id);

/** The datastore and namespace in PBS that a storage of PVE is; null for another kind of storage. */
const placeOf = ({ type, datastore, namespace }: Storage): Place | null =>
  type === "pbs" && datastore ? { store: datastore, ns: namespace ?? "" } : null;

/**
 * True when a storage of PVE is in the PBS that is asked, of this host name. Names differ (an address
 * here, a name there), so it counts only when one storage has the same.
 */
export function isOurs(
  storage: Storage,
  all: readonly Storage[],
  { hostname, stores }: { hostname: string; stores: readonly string[] },
): boolean {
  const place = placeOf(storage);
  if (place === null || !stores.includes(place.store)) return false;
  const isAsked = ({ type, server }: Storage) =>
    type === "pbs" && typeof server === "string" && hostOf(server) === hostOf(hostname);
  return !all.some(isAsked) || isAsked(storage);
}

/** A host as a URL has it: an IPv6 address has one form and stands in brackets, a name is in small letters. */
function hostOf(text: string): string {
  const address = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
  const url = `https://${address}`;
  const host = URL.canParse(url) ? new URL(url).hostname : text.toLowerCase();
  return host.replace(/\.$/, "");
}

/** What there is to judge, when PVE says which guests there are. */
export function subjectsOf(
  collected: Collected,
  expected: Expected,
  hostname: string,
): Subject[] {
  const storages = [...expected.storages.values()];
  const ours = { hostname, stores: collected.stores };
  const places = storages.filter((storage) => isOurs(storage, storages, ours))
    .flatMap((storage) => placeOf(storage) ?? []);
  // Where PVE uses none of it, the backups came another way, and a number is enough to know a guest.
  const byNumber = places.length === 0 && !expected.hidden;
  const isTheirs = (place: Place) =>
    byNumber || places.some(({ store, ns }) => store === place.store && ns === place.ns);
  const byId = Map.groupBy(collected.series, ({ guest }) => guest);
  const subjects = expected.guests.map((guest): Subject => {
    const all = byId.get(guest.id) ?? [];
    const own = all.filter(isTheirs);
    const series = [...own, ...all.filter((each) => !own.includes(each) && isCopy(each, own))];
    const targets = targetsOf(guest, series, { collected, expected, isTheirs, ours });
    const label = guest.name || labelOf(series);
    return { ...named(guest.id, series), label, guest, gone: false, targets };
  });
  const taken = new Set(subjects.flatMap(({ series }) => series));
  const ids = new Set(expected.guests.map(({ id }) => id));
  const rest = collected.series.filter((each) => !taken.has(each));
  return [...subjects, ...unlisted(rest, ids, isTheirs)];
}

/** What there is to judge by PBS alone. `taken` are names that others have, `isTheirs` says where PVE backs up to. */
export function unlisted(
  all: readonly Series[],
  taken: ReadonlySet<string> = new Set(),
  isTheirs: (place: Place) => boolean = () => false,
): Subject[] {
  return [...Map.groupBy(all, ({ guest }) => guest)].flatMap(([id, same]) => {
    const several = sameGuests(same);
    return several.map((series): Subject => ({
      ...named(id, series),
      ...(several.length > 1 || taken.has(id) ? { name: `${id} in ${placesOf(series)}` } : {}),
      ...{ label: labelOf(series), guest: null },
      gone: isGuest(id) && series.some(isTheirs),
      targets: [historyOf(series)],
    }));
  });
}

const named = (id: string, series: readonly Series[]) => ({ name: id, id, series });
const labelOf = (series: readonly Series[]) =>
  series.find(({ comment }) => comment !== "")?.comment ?? "";
const placesOf = (series: readonly Series[]) => series.map(placeName).join(", ");

/** Series that belong together: a sync copies a backup with its time. */
function sameGuests(all: readonly Series[]): Series[][] {
  const groups: Series[][] = [];
  for (const series of all) {
    const related = groups.filter((group) => isCopy(series, group));
    for (const group of related) groups.splice(groups.indexOf(group), 1);
    groups.push([...related.flat(), series]);
  }
  return groups;
}

function isCopy({ snapshots }: Series, of: readonly Series[]): boolean {
  const times = new Set(of.flatMap((each) => each.snapshots.map(({ at }) => at)));
  return snapshots.some(({ at }) => times.has(at));
}

interface Known {
  readonly collected: Collected;
  readonly expected: Expected;
  readonly isTheirs: (place: Place) => boolean;
  readonly ours: { readonly hostname: string; readonly stores: readonly string[] };
}

/** By its jobs, each where it writes to; without one with a schedule, by what there is. */
function targetsOf(guest: Guest, series: readonly Series[], known: Known): Target[] {
  const jobs = known.expected.jobs.filter((job) => backsUp(job, guest));
  const found = jobs.flatMap(({ schedule, ...job }): Target[] => {
    if (!schedule) return [];
    const [name] = storageOf(job);
    if (name === undefined) {
      const doubt = "it goes to a directory, which PVE does not list";
      return [{ ...elsewhere("a directory", schedule, []), doubt }];
    }
    return [targetIn(name, schedule, guest, series, known)];
  });
  return found.length === 0 ? [historyOf(series)] : found;
}

function targetIn(
  name: string,
  schedule: string,
  guest: Guest,
  series: readonly Series[],
  { collected, expected, ours }: Known,
): Target {
  const storage = expected.storages.get(name);
  if (storage === undefined) {
    const doubt = `it goes to storage ${name}, which PVE does not show`;
    return { ...elsewhere(name, schedule, []), doubt };
  }
  const place = placeOf(storage);
  if (place !== null && isOurs(storage, [...expected.storages.values()], ours)) {
    const there = series.find(({ store, ns }) => store === place.store && ns === place.ns);
    return {
      ...{ where: placeName(place), schedule, verifies: true },
      snapshots: there?.snapshots ?? [],
      doubt: whyUnread(place, collected) ?? unreadOf(there),
    };
  }
  const content = expected.contents.get(name);
  if (content === undefined || "missing" in content) {
    const doubt = content?.missing.message ?? `storage ${name} was not asked`;
    return { ...elsewhere(name, schedule, []), doubt };
  }
  const { times, doubt } = content.data.of(guest);
  const byLog = content.data.byLog ? { byLog: true as const } : {};
  return { ...elsewhere(name, schedule, times), doubt, ...byLog };
}

const elsewhere = (where: string, schedule: string, times: readonly number[]): Target => ({
  ...{ where, schedule, verifies: false, doubt: null },
  snapshots: times.toSorted((a, b) => b - a)
    .map((at) => ({ at, finished: true, verified: "unknown" as const })),
});

/** Why the backups of a place are not known. */
function whyUnread({ store, ns }: Place, { away, missing }: Collected): string | null {
  const gone = away.find((each) => each.store === store);
  if (gone !== undefined) return `${store} is ${gone.reason}`;
  const unread = missing.find((each) =>
    each.store === store && (each.ns === null || each.ns === ns)
  );
  return unread === undefined ? null : `${placeName({ store, ns })} ${unread.reason}`;
}

const unreadOf = (series: Series | undefined) =>
  series === undefined || series.unread === null ? null : unreadWords(series);

const unreadWords = (series: Series) => `${placeName(series)} ${series.unread}`;

/** All backups there are of it, wherever: the best copy of each. */
function historyOf(series: readonly Series[]): Target {
  const unread = series.filter((each) => each.unread !== null);
  return {
    ...{ where: placesOf(series), schedule: null, verifies: true },
    snapshots: distinct(series.flatMap(({ snapshots }) => snapshots)),
    doubt: unread.length === 0 ? null : unread.map(unreadWords).join(", "),
  };
}

/** Newest first. A sync copies a backup with its time: the best copy of it counts, once. */
function distinct(snapshots: readonly Snapshot[]): Snapshot[] {
  const best = new Map<number, Snapshot>();
  for (const snapshot of snapshots) {
    const other = best.get(snapshot.at);
    if (other === undefined || rank(snapshot) > rank(other)) best.set(snapshot.at, snapshot);
  }
  return [...best.values()].sort((a, b) => b.at - a.at);
}

function rank({ finished, verified }: Snapshot): number {
  return finished ? { failed: 1, unreadable: 1, unknown: 2, never: 3, ok: 4 }[verified] : 0;
}
