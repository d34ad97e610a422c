import { startOfDay } from "../../../conversation/mod.ts";
import type { Watch } from "../../../journal/mod.ts";
import { cut } from "../../../text.ts";
import { button, keyboard } from "../../buttons.ts";
import type { Asker, Command, Context, Reply } from "../../context.ts";
import { bold, code, concat, italic, lines } from "../../text/formatted.ts";
import { when } from "../words.ts";

/** What a day of a watch may cost unless it is said otherwise: some twenty runs of a small model. */
const BUDGET_USD = 0.25;
/** More would be no watch any more but a program. So many of a person fit into one message. */
const MOST_WATCHES = 20;
const TASK_SHOWN = 80;
const SCHEDULE_SHOWN = 30;

/** Each can be copied: its answer is in what every watch may look at. */
export const EXAMPLES = [
  "/watch every 30m is a container of docker restarting?",
  "/watch daily 07:30 $0.50 is a file system more than 90 % full?",
] as const;

const USAGE: Reply = {
  text: lines(
    concat("Usage: ", code("/watch <schedule> [$budget a day] <what to check>")),
    concat("For example: ", code(EXAMPLES[0])),
    concat("or: ", code(EXAMPLES[1])),
    "",
    "Schedules: “every 30m”, “hourly”, “daily 08:00”, “weekdays 08:00”, “mon,thu 18:30”, or five fields of cron.",
    "It runs with a small model and tools that only read, and is silent until it finds something.",
  ),
};

export const WATCH: Command = {
  name: "watch",
  description: "Check something on a schedule: /watch every 30m <what>",
  usage: "/watch <schedule> <what>",
  repeatable: false,
  run(context, asker, args) {
    if (args.trim() === "") return Promise.resolve(USAGE);
    return Promise.resolve(added(context, asker, args));
  },
};

export const WATCHES: Command = {
  name: "watches",
  description: "The watches: pause, remove",
  repeatable: true,
  run: (context, asker) => Promise.resolve(watchList(context, asker)),
};

function added(context: Context, asker: Asker, args: string): Reply {
  const { journal, clock, watching } = context;
  const read = watching.read(args);
  if ("problem" in read) return { text: lines(read.problem, "", USAGE.text) };
  const [, amount, rest] = /^\$(\d+(?:\.\d+)?)(?:\s+(.*))?$/s.exec(read.rest) ?? [];
  const budgetUsd = amount === undefined ? BUDGET_USD : Number(amount);
  const task = (amount === undefined ? read.rest : rest ?? "").trim();
  if (task === "" || budgetUsd <= 0) return USAGE;
  const { place, user } = asker;
  if (watchesOf(user, journal).length >= MOST_WATCHES) {
    return { text: lines(`You have ${MOST_WATCHES} watches already. /watches removes some.`) };
  }
  const id = journal.watches.add(
    { schedule: read.schedule, task, place, user, budgetUsd },
    clock.now(),
  );
  watching.changed();
  const next = watching.next(journal.watches.get(id)!);
  const time = next === null ? "never" : when(next, clock.now());
  return {
    text: lines(
      concat(bold(`Watch ${id}`), `: ${read.schedule}, for the first time ${time}.`),
      `It may cost $${budgetUsd} a day, and says nothing until it finds something. /watches lists it.`,
    ),
  };
}

const watchesOf = (user: number, { watches }: Context["journal"]) =>
  watches.all().filter((watch) => watch.user === user);

/** The watches of a person, each with its buttons. */
export function watchList({ journal, clock, watching }: Context, { user }: Asker): Reply {
  const mine = watchesOf(user, journal);
  if (mine.length === 0) return { text: lines("There is no watch yet.", "", USAGE.text) };
  const now = clock.now();
  const row = (watch: Watch) => {
    const { id, schedule, task, paused, budgetUsd, lastRunAt, finding, trouble } = watch;
    const session = watching.bookedUnder(id);
    const { costUsd } = journal.spending.total({ session, since: startOfDay(now) });
    const next = watching.next(watch);
    const times = paused
      ? "paused"
      : next === null
      ? "never again"
      : `next ${next <= now ? "now" : when(next, now)}`;
    const last = lastRunAt === null ? "" : `, last ${when(lastRunAt, now)}`;
    const state = trouble !== null ? ", it failed" : finding !== null ? ", it found something" : "";
    return lines(
      concat(bold(`${id}. ${cut(schedule, SCHEDULE_SHOWN)}`), ` – ${cut(task, TASK_SHOWN)}`),
      italic(`${times}${last}${state}; $${costUsd.toFixed(2)} of $${budgetUsd} today`),
    );
  };
  const buttons = ({ id, paused }: Watch) => [
    paused
      ? button(`▶️ ${id}`, { do: "watch.resume", watch: id })
      : button(`⏸ ${id}`, { do: "watch.pause", watch: id }),
    button(`🗑 ${id}`, { do: "watch.remove", watch: id }),
  ];
  return { text: lines(bold("Watches"), ...mine.map(row)), extra: keyboard(...mine.map(buttons)) };
}
