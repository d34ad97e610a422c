import { bytes, elapsed } from "../../../units.ts";
import type { Context } from "../../context.ts";
import { bold, concat, type Part } from "../../text/formatted.ts";
import { TRUSTED } from "../trust/view.ts";
import type { StatusReport } from "../../context.ts";

/** A long poll takes 30 s; without an answer for longer than that something is wrong. */
const POLL_LATE_MS = 70_000;
/** More rows than that nobody reads on a phone. */
const PROCESSES_SHOWN = 12;

const plural = (count: number, word: string, many = `${word}s`) =>
  `${count} ${count === 1 ? word : many}`;

const PROGRAM: StatusReport = {
  title: "Switchboard",
  lines({ version, startedAt, clock }) {
    const up = elapsed(clock.now() - startedAt);
    return Promise.resolve([concat(bold(`Switchboard ${version}`), ` · up ${up}`)]);
  },
};

const TELEGRAM: StatusReport = {
  title: "Telegram",
  lines({ health, clock }) {
    const { trouble, failures, lastCompletedAt: last } = health;
    if (trouble !== null) {
      return Promise.resolve([`⚠️ Telegram: ${trouble} (${plural(failures, "failure")})`]);
    }
    if (last === null) return Promise.resolve(["Telegram: not polled yet"]);
    const ago = clock.now() - last;
    const mark = ago > POLL_LATE_MS ? "⚠️" : "✅";
    return Promise.resolve([`${mark} Telegram answered ${elapsed(ago)} ago`]);
  },
};

const OUTBOX: StatusReport = {
  title: "Outbox",
  lines({ journal: { deliveries }, clock }) {
    const count = deliveries.waitingCount();
    if (count === 0) return Promise.resolve(["✅ Nothing waits to be sent"]);
    const now = clock.now();
    const pauses = deliveries.chats().map((chat) => deliveries.silentFor(chat, now));
    const longest = Math.max(0, ...pauses);
    const pause = longest === 0 ? "" : `; Telegram wants a pause of ${elapsed(longest)}`;
    return Promise.resolve([`⏳ ${plural(count, "message")} to be sent${pause}`]);
  },
};

const SESSIONS: StatusReport = {
  title: "Sessions",
  async lines({ sessions }) {
    const { sessions: all, broken } = await sessions.list();
    const count = (status: string) => all.filter((each) => each.status === status).length;
    const damaged = broken.length === 0 ? "" : `, ⚠️ ${broken.length} damaged`;
    return [
      concat(
        bold("Sessions"),
        `: ${count("active")} active, ${count("suspended")} suspended, ${
          count("idle")
        } idle${damaged}`,
      ),
    ];
  },
};

const PROCESSES: StatusReport = {
  title: "Processes",
  async lines(context) {
    const { claude, machine } = context;
    const processes = claude.processes();
    // The processes are listed also where `ps` does not answer.
    const memory = await machine.memoryOf(processes.map(({ pid }) => pid)).catch(() => null);
    const rows = processes.map(({ session, pid, tasks }) => {
      const size = memory?.get(pid);
      return concat(
        ...workOf(context, session, tasks),
        ` · ${size === undefined ? "memory unknown" : bytes(size)} · pid ${pid}`,
      );
    });
    const more = rows.length - PROCESSES_SHOWN;
    const sum = [...memory?.values() ?? []].reduce((total, each) => total + each, 0);
    const all = processes.length === 0 ? "" : `, Claude ${memory === null ? "?" : bytes(sum)}`;
    return [
      ...rows.slice(0, PROCESSES_SHOWN),
      ...(more > 0 ? [`… and ${plural(more, "process", "processes")}`] : []),
      concat(bold("Memory"), `: Switchboard ${bytes(machine.ownMemory())}${all}`),
    ];
  },
};

/** What the process of a session is at. */
function workOf({ conversations, clock }: Context, session: string, tasks: number): Part[] {
  const turn = conversations.turns.find((each) => each.session === session);
  const background = tasks === 0 ? "" : ` · ${plural(tasks, "background task")}`;
  if (turn === undefined) return [tasks === 0 ? "💤 " : "⚙️ ", bold(session), background];
  return ["▶️ ", bold(session), ` · ${elapsed(clock.steady() - turn.startedAt)}${background}`];
}

const LOCK: StatusReport = {
  title: "Claude Code",
  lines: ({ lock: { missing } }) =>
    Promise.resolve(missing === null ? [] : [`⚠️ Claude Code: ${missing}`]),
};

const DISK: StatusReport = {
  title: "Disk",
  async lines({ machine }) {
    const [free, journal] = await Promise.all([machine.freeSpace(), machine.journalSize()]);
    return [concat(bold("Disk"), `: ${bytes(free)} free · journal ${bytes(journal)}`)];
  },
};

/** What is said of Switchboard itself, in this order. */
export const OWN_REPORTS: readonly StatusReport[] = [
  PROGRAM,
  TELEGRAM,
  OUTBOX,
  SESSIONS,
  PROCESSES,
  LOCK,
  TRUSTED,
  DISK,
];
