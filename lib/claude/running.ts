import * as controls from "./controls.ts";
import type { BackgroundTask, ContextUsage, Offer } from "./events.ts";
import type { Fleet } from "./fleet.ts";

/** What can be asked of the processes of a fleet beside their turns; nothing starts but by `start`. */
export class Running {
  /** What the process that started last offers: all run the same CLI. */
  #lastOffer: Offer | undefined;

  constructor(readonly fleet: Fleet) {}

  alive(session: string): boolean {
    return this.fleet.get(session) !== undefined;
  }

  working(session: string): boolean {
    return this.fleet.get(session)?.busy ?? false;
  }

  /** @throws {FleetFullError} {@link StartError} as `Fleet.acquire` does. */
  async start(session: string): Promise<void> {
    await this.fleet.ready(session);
  }

  offer(session: string): Offer | undefined {
    const own = this.fleet.get(session)?.offer;
    const any = this.fleet.sessions.map((each) => this.fleet.get(each)?.offer);
    this.#lastOffer = [own, ...any, this.#lastOffer].find((each) => each !== undefined);
    return this.#lastOffer;
  }

  async setModel(session: string, model: string): Promise<string | null> {
    const process = this.fleet.get(session);
    return process === undefined ? null : await controls.setModel(process, model);
  }

  mode(session: string): string | null {
    return this.fleet.get(session)?.mode ?? null;
  }

  async setMode(session: string, mode: string): Promise<boolean> {
    const process = this.fleet.get(session);
    return process !== undefined && await controls.setMode(process, mode);
  }

  async setEffort(session: string, effort: string | null): Promise<boolean> {
    const process = this.fleet.get(session);
    return process !== undefined && await controls.setEffort(process, effort);
  }

  restartIfStarting(session: string): boolean {
    return this.fleet.restartIfStarting(session);
  }

  outdate(session: string): Promise<"none" | "starting" | "ended" | "later"> {
    return this.fleet.outdate(session);
  }

  retime(session: string): void {
    this.fleet.retime(session);
  }

  async contextUsage(session: string): Promise<ContextUsage | null> {
    const process = this.fleet.get(session);
    return process === undefined ? null : await controls.contextUsage(process);
  }

  processes(): { session: string; pid: number; tasks: number }[] {
    return this.fleet.sessions.flatMap((session) => {
      const process = this.fleet.get(session);
      if (process === undefined) return [];
      return [{ session, pid: process.pid, tasks: process.backgroundTasks }];
    });
  }

  tasks(): { session: string; task: BackgroundTask }[] {
    return this.fleet.sessions.flatMap((session) =>
      (this.fleet.get(session)?.tasks ?? []).map((task) => ({ session, task }))
    );
  }

  async stopTask(session: string, task: string): Promise<boolean> {
    const process = this.fleet.get(session);
    return process !== undefined && await controls.stopTask(process, task);
  }
}
