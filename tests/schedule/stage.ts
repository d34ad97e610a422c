import type { Homelab, Probe, ProbeName, Report, Row } from "../../lib/homelab/mod.ts";
import type { Level } from "../../lib/level.ts";
import { type Journal, openJournal } from "../../lib/journal/mod.ts";
import type { Notice, Notify } from "../../lib/schedule/mod.ts";
import { renderMarkdown } from "../../lib/telegram/text/markdown.ts";
import { noticeRows } from "../../lib/telegram/mod.ts";
import { type FakeClock, fakeClock } from "../fake_clock.ts";

/** A place where things happen unasked: a journal, a clock, and what is said. */
export class Stage implements Disposable {
  readonly clock: FakeClock;
  readonly journal: Journal = openJournal(":memory:");
  readonly notices: Notice[] = [];
  readonly woken: number[] = [];
  readonly notify: Notify = {
    rows: (notice) => {
      this.notices.push(notice);
      return noticeRows(notice, [1, 2]);
    },
    wake: (chat) => void this.woken.push(chat),
  };
  readonly homelab = new FakeHomelab();

  constructor(start = "2026-11-20T12:00:00") {
    this.clock = fakeClock(new Date(start).getTime());
  }

  /** What is said, as the chat shows it. */
  get texts(): string[] {
    return this.notices.map(({ text }) => renderMarkdown(text).text);
  }

  [Symbol.dispose](): void {
    this.journal.close();
  }
}

/** A homelab of hosts that a test makes well or not. */
class FakeHomelab implements Homelab {
  readonly levels = new Map<string, Level>();
  checks = 0;
  readonly commands = new Map();
  readonly probes: ReadonlyMap<ProbeName, Probe>;
  chart: Probe["chart"] = () => Promise.resolve(null);

  constructor() {
    const probe: Probe = {
      title: "Ping",
      check: () => {
        this.checks++;
        return Promise.resolve(this.#report());
      },
      chart: (...asked) => this.chart!(...asked),
    };
    this.probes = new Map([["ping", probe]]);
  }

  status(): Promise<Report[]> {
    return Promise.resolve([this.#report()]);
  }

  #report(): Report {
    const rows = [...this.levels].map(([name, level]): Row => ({
      name,
      level,
      text: `is ${level}`,
    }));
    const level = rows.some((row) => row.level === "bad") ? "bad" : "ok";
    return { title: "Ping", level, summary: `${rows.length} hosts`, rows, at: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
