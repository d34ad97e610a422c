import type { Journal } from "../../lib/journal/mod.ts";

/** A fault that is put into the program on purpose, through what it is handed. */
export interface Mutation {
  readonly name: string;
  /** The journal with the fault. `later` does something when the present commit is long over. */
  readonly journal?: (journal: Journal, later: (action: () => void) => void) => Journal;
  /** Telegram is told of an update's arrival before it is in the journal. */
  readonly eager?: boolean;
}

/** Faults that the checker has to find. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "a prompt is noted as submitted after it was written",
    journal: (journal, later) => ({
      ...journal,
      jobs: {
        ...journal.jobs,
        submit: (...values) => later(() => journal.jobs.submit(...values)),
      },
    }),
  },
  {
    name: "what was cut off is not settled at the start",
    journal: (journal) => ({ ...journal, deliveries: { ...journal.deliveries, settle: () => 0 } }),
  },
  {
    name: "prompts that were with a process are forgotten by a crash",
    journal: (journal) => ({ ...journal, jobs: { ...journal.jobs, submitted: () => [] } }),
  },
  {
    name: "an unknown outcome counts as none",
    journal: (journal) => ({
      ...journal,
      deliveries: { ...journal.deliveries, unknown: journal.deliveries.waiting },
    }),
  },
  {
    name: "an update that came again counts as new",
    journal: (journal) => ({
      ...journal,
      updates: {
        ...journal.updates,
        record: (update) => {
          journal.updates.record(update);
          return true;
        },
      },
    }),
  },
  {
    name: "words that were on their way to a request are forgotten by a crash",
    journal: (journal) => ({
      ...journal,
      requests: {
        ...journal.requests,
        replied: () => [],
        open: () => journal.requests.open().map((each) => ({ ...each, replyIds: [] })),
      },
    }),
  },
  {
    name: "a bare answer waits on when its request has ended",
    journal: (journal) => ({
      ...journal,
      jobs: {
        ...journal.jobs,
        done: (ids, outcome, ...rest) => {
          const bare = outcome === "dropped" || rest[1]?.startsWith("request:");
          if (!bare) journal.jobs.done(ids, outcome, ...rest);
        },
      },
    }),
  },
  { name: "an answer is committed after the end of its turn", journal: answersLate },
  { name: "Telegram is told of an update before it is in the journal", eager: true },
];

function answersLate(journal: Journal): Journal {
  let late: (() => void)[] | null = null;
  return {
    ...journal,
    transaction(change) {
      try {
        const result = journal.transaction(change);
        for (const add of late ?? []) add();
        return result;
      } finally {
        late = null;
      }
    },
    jobs: {
      ...journal.jobs,
      done(...values) {
        late = [];
        journal.jobs.done(...values);
      },
    },
    deliveries: {
      ...journal.deliveries,
      add(rows, at) {
        if (late === null) return journal.deliveries.add(rows, at);
        late.push(() => void journal.deliveries.add(rows, at));
        return [];
      },
    },
  };
}
