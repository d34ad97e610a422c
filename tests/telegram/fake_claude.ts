import type { BackgroundTask, ContextUsage, InitializeInfo } from "../../lib/claude/events.ts";
import type { RunningClaude } from "../../lib/telegram/features/running.ts";

/** The processes beside their turns, as a test wants them; what was asked of them is noted. */
export class FakeClaude implements RunningClaude {
  readonly running = new Set<string>();
  readonly busy = new Set<string>();
  /** Sessions whose process is on its way up. */
  readonly starting = new Set<string>();
  readonly asked: string[] = [];
  info: InitializeInfo | undefined;
  usage: ContextUsage | null = null;
  background: { session: string; task: BackgroundTask }[] = [];
  named: string | null = null;
  /** Whether control requests succeed. */
  obeys = true;
  startError: Error | null = null;

  alive(session: string): boolean {
    return this.running.has(session);
  }
  working(session: string): boolean {
    return this.busy.has(session);
  }
  start(session: string): Promise<void> {
    if (this.startError !== null) return Promise.reject(this.startError);
    if (!this.alive(session)) this.asked.push(`start ${session}`);
    this.running.add(session);
    return Promise.resolve();
  }
  initializeInfo(): InitializeInfo | undefined {
    return this.info;
  }
  setModel(session: string, model: string): Promise<string | null> {
    this.asked.push(`model ${session} ${model}`);
    return Promise.resolve(this.obeys ? `claude-${model}-5-5` : null);
  }
  mode(): string | null {
    return this.named;
  }
  setMode(session: string, mode: string): Promise<boolean> {
    this.asked.push(`mode ${session} ${mode}`);
    return Promise.resolve(this.obeys);
  }
  setEffort(session: string, effort: string | null): Promise<boolean> {
    this.asked.push(`effort ${session} ${effort}`);
    return Promise.resolve(this.obeys);
  }
  restartIfStarting(session: string): boolean {
    if (!this.starting.has(session)) return false;
    this.asked.push(`restart ${session}`);
    return true;
  }
  outdate(session: string): Promise<"none" | "starting" | "ended" | "later"> {
    if (this.restartIfStarting(session)) return Promise.resolve("starting");
    this.asked.push(`outdate ${session}`);
    if (!this.alive(session)) return Promise.resolve("none");
    return Promise.resolve(this.busy.has(session) ? "later" : "ended");
  }
  retime(session: string): void {
    this.asked.push(`retime ${session}`);
  }
  contextUsage(): Promise<ContextUsage | null> {
    return Promise.resolve(this.usage);
  }
  processes() {
    return [...this.running].map((session, index) => ({
      ...{ session, pid: 100 + index },
      tasks: this.background.filter((each) => each.session === session).length,
    }));
  }
  tasks() {
    return this.background;
  }
  stopTask(session: string, task: string): Promise<boolean> {
    this.asked.push(`stop ${session} ${task}`);
    return Promise.resolve(this.obeys);
  }
}
