import type { TurnEvent } from "../claude/events.ts";
import type { Job, JobOutcome } from "../journal/mod.ts";
import type { Flight } from "./flight.ts";
import type { Closing, Turn } from "./presenter.ts";
import { exitSentence, PARKED, stopSentence, strandedSentence } from "./sentences.ts";
import type { Carried } from "./turn.ts";
import { answerOf, EMPTY_VIEW, type TurnView, view } from "./view.ts";

/** A turn as its end finds it. */
interface Ending {
  readonly turn: Turn;
  readonly view: TurnView;
  /** The jobs that end with it; none when nobody asked. */
  readonly jobs: readonly Job[];
  /** Who stopped it; null when nobody did. */
  readonly stopped: "person" | "parked" | "shutdown" | null;
}

const lastOf = (jobs: readonly Job[]) => jobs.at(-1)?.id ?? null;

/** The command of Claude Code that a lone job asks for. */
function commandOf([job, ...more]: readonly Job[]): { command?: string } {
  const name = more.length > 0 ? undefined : /^\/([\w:-]+)/.exec(job?.text ?? "")?.[1];
  return name === undefined ? {} : { command: name };
}

/** What a turn that came to its end leaves to say. */
export function endedClosing(
  { turn, view: before, jobs, stopped }: Ending,
  event: Extract<TurnEvent, { type: "ended" }>,
): Closing {
  const { outcome } = event;
  const shutdown = stopped === "shutdown";
  const parked = stopped === "parked" && outcome === "interrupted";
  const after = view(before, event);
  return {
    turn,
    outcome,
    answer: answerOf(outcome === "answered" ? after : before),
    sentence: parked ? PARKED : outcome === "interrupted" ? stopSentence(shutdown) : event.text,
    again: outcome === "failed" || shutdown || parked ? lastOf(jobs) : null,
    ...(parked ? { parked } : {}),
    view: after,
    ...commandOf(jobs),
  };
}

/** How prompts end, and what is said of it. */
interface End {
  readonly jobs: readonly Job[];
  readonly outcome: JobOutcome;
  readonly closing: Closing;
}

/** The ends of all prompts that were with a process when it ended, each told in its own place. */
export function exitedEnds(
  { running, jobs, stranded, view }: Flight,
  event: Extract<TurnEvent, { type: "exited" }>,
  shutdown: boolean,
): End[] {
  const turns = running === null ? [] : [{ turn: running.turn, jobs }];
  const [first, ...more] = [...turns, ...stranded];
  if (first === undefined) return [];
  const closing = exitedClosing({ ...first, view }, shutdown, event);
  const sentence = strandedSentence(event.reason, shutdown);
  const outcome = event.reason === "killed" ? "cancelled" : "failed";
  return [
    // One that never began says nothing of the conversation: the CLI may not even have it.
    { jobs: first.jobs, outcome: running === null ? outcome : closing.outcome, closing },
    ...more.map((each) => ({
      jobs: each.jobs,
      outcome,
      closing: unansweredClosing(each, outcome, sentence),
    } as const)),
  ];
}

/** What a turn leaves to say whose process ended under it. */
function exitedClosing(
  { turn, view: before, jobs }: Omit<Ending, "stopped">,
  shutdown: boolean,
  { reason, stderrTail }: Extract<TurnEvent, { type: "exited" }>,
): Closing {
  return {
    turn,
    outcome: reason === "crashed" || reason === "refused" ? "failed" : "interrupted",
    answer: answerOf(before),
    sentence: exitSentence(reason, stderrTail, shutdown),
    again: lastOf(jobs),
    cutOff: reason === "crashed",
    view: { ...before, phase: "done" },
  };
}

/** What is said of a prompt that had no turn of its own. */
export function unansweredClosing(
  { turn, jobs }: Carried,
  outcome: JobOutcome,
  sentence: string,
  lost = false,
): Closing {
  return {
    turn,
    outcome: outcome === "cancelled" ? "interrupted" : "failed",
    answer: "",
    sentence,
    again: lastOf(jobs),
    lost,
    view: EMPTY_VIEW,
  };
}
