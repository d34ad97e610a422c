/** Commands that outlive their tool call, and what is reported about them. */

import { type Context, sleep } from "./context.ts";
import type { Shell } from "./shell.ts";

export interface Task {
  readonly id: string;
  readonly runId: string;
  readonly toolUseId: string;
  readonly description: string;
  readonly shell: Shell;
  readonly outputFile: string;
  backgrounded: boolean;
  /** Someone ended it; nothing more is to be said. */
  stopped: boolean;
}

export class Tasks {
  readonly #tasks = new Map<string, Task>();
  /** Commands of running tool calls too: all of them die with the process. */
  readonly #shells = new Set<Shell>();

  constructor(readonly context: () => Context, readonly onFinished: (task: Task) => void) {}

  get background(): readonly Task[] {
    return [...this.#tasks.values()].filter((task) => task.backgrounded);
  }

  watch(shell: Shell): void {
    this.#shells.add(shell);
    void shell.done.then(() => this.#shells.delete(shell));
  }

  /** Announces a command as a task: one in the background, or one that takes a while. */
  open(shell: Shell, toolUseId: string, description: string, backgrounded: boolean): Task {
    const id = `b${crypto.randomUUID().replaceAll("-", "").slice(0, 8)}`;
    const task: Task = {
      id,
      runId: `sim-${id}`,
      toolUseId,
      description,
      shell,
      outputFile: this.#outputFile(id),
      backgrounded,
      stopped: false,
    };
    this.#tasks.set(id, task);
    if (backgrounded) this.#announce();
    this.#system("task_started", task, {
      tool_use_id: toolUseId,
      description,
      is_backgrounded: backgrounded,
      task_type: "local_bash",
    });
    if (backgrounded) this.#follow(task);
    return task;
  }

  /** A running command goes on without its tool call. */
  moveToBackground(task: Task): void {
    task.backgrounded = true;
    this.#announce();
    this.#system("task_updated", task, { patch: { is_backgrounded: true } });
    this.#follow(task);
  }

  /** The tool call of a task in the foreground is over. */
  close(task: Task, status: "completed" | "stopped"): void {
    this.#tasks.delete(task.id);
    this.#notify(task, status, "", task.description);
  }

  output(id: string): string {
    return this.#tasks.get(id)?.shell.output ?? "";
  }

  stop(id: string): void {
    const task = this.#tasks.get(id);
    if (!task?.backgrounded) return;
    this.#end(task);
    this.#updated(task, "killed");
    this.#notify(task, "stopped", task.outputFile, task.description);
    this.#announce();
  }

  /** `/clear` forgets them, the end of the process kills them. */
  killAll(): void {
    const background = this.background;
    for (const task of background) {
      this.#end(task);
      this.#notify(task, "stopped", "", task.description);
      this.#updated(task, "killed");
    }
    if (background.length > 0) this.#announce();
    for (const shell of this.#shells) shell.kill();
  }

  /** Waits until the killed commands are gone, but not for long. */
  async whenGone(): Promise<void> {
    await Promise.race([Promise.all([...this.#shells].map((shell) => shell.done)), sleep(500)]);
  }

  announceNone(): void {
    this.#announce();
  }

  #end(task: Task): void {
    task.stopped = true;
    task.shell.kill();
    this.#tasks.delete(task.id);
  }

  #follow(task: Task): void {
    Deno.mkdirSync(task.outputFile.slice(0, task.outputFile.lastIndexOf("/")), { recursive: true });
    void task.shell.done.then(({ code, output }) => {
      if (task.stopped) return;
      this.#tasks.delete(task.id);
      Deno.writeTextFileSync(task.outputFile, output);
      const status = code === 0 ? "completed" : "failed";
      this.#updated(task, status);
      const words = `Background command "${task.description}" ${status} (exit code ${code})`;
      this.#notify(task, status, task.outputFile, words);
      this.#announce();
      this.onFinished(task);
    });
  }

  #announce(): void {
    const tasks = this.background.map((task) => ({
      task_id: task.id,
      run_id: task.runId,
      task_type: "local_bash",
      description: task.description,
    }));
    this.context().wire.emit({ type: "system", subtype: "background_tasks_changed", tasks });
  }

  #updated(task: Task, status: string): void {
    this.#system("task_updated", task, { patch: { status, end_time: Date.now() } });
  }

  #notify(task: Task, status: string, output_file: string, summary: string): void {
    const more = { tool_use_id: task.toolUseId, status, output_file, summary };
    this.#system("task_notification", task, more);
  }

  #system(subtype: string, task: Task, more: Record<string, unknown>): void {
    const ids = { task_id: task.id, run_id: task.runId };
    this.context().wire.emit({ type: "system", subtype, ...ids, ...more });
  }

  #outputFile(id: string): string {
    const { env, configDir, conversation } = this.context();
    const base = env("CLAUDE_CODE_TMPDIR") ?? env("TMPDIR") ?? `${configDir}/tmp`;
    return `${base}/claude-${Deno.uid()}/${conversation.id}/tasks/${id}.output`;
  }
}
