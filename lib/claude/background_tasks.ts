import type { BackgroundTask } from "./events.ts";

/**
 * Background tasks, and which of them a turn that nobody asked for reports: the CLI announces a
 * task's end before that turn, and does not say in the turn what it is about (Claude Code 2.1.329).
 */
export class BackgroundTasks {
  #running: readonly BackgroundTask[] = [];
  #finished: { description: string; idle: boolean }[] = [];

  /** The tasks that run in the background. */
  get running(): readonly BackgroundTask[] {
    return this.#running;
  }

  /** The CLI's list of what runs in the background. */
  changed(
    tasks: readonly { task_id: string; description?: string | undefined }[],
  ): readonly BackgroundTask[] {
    this.#running = tasks.map(({ task_id: id, description }) => ({
      id,
      description: description || "a background task",
    }));
    return this.#running;
  }

  /** A task's end was announced; `idle`: while no turn ran. One that was stopped has no report. */
  finished(id: string | undefined, status: string | undefined, idle: boolean): void {
    const task = this.#running.find((each) => each.id === id);
    if (task === undefined || status === "stopped") return;
    this.#finished.push({ description: task.description, idle });
  }

  /** A turn begins. @returns what it reports on, when nobody asked for it. */
  turnBegins(asked: boolean): readonly string[] {
    const finished = this.#finished;
    this.#finished = [];
    if (asked) return []; // It is handed to Claude together with the prompt.
    // What ended in an earlier turn may have been told in it.
    const fresh = finished.filter(({ idle }) => idle);
    return (fresh.length > 0 ? fresh : finished).map(({ description }) => description);
  }
}
