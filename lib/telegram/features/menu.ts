import type { Homelab } from "../../homelab/mod.ts";
import { logger } from "../../log/mod.ts";
import type { Call } from "../api/calls.ts";
import { isTaken, menuFor } from "./commands.ts";

const log = logger("app");

/**
 * The menu of commands, shown to the allowed users only: a stranger's chat does not even list them.
 * Telegram refuses it for a chat that it does not know yet (`chat not found`); such a user has it with
 * their first message.
 */
export class Menu {
  readonly #without = new Set<number>();

  constructor(readonly call: Call, readonly homelab: Homelab) {}

  /** Sets the menu of all these users, one after the other. */
  async set(users: Iterable<number>): Promise<void> {
    const taken = [...this.homelab.commands.keys()].filter(isTaken);
    if (taken.length > 0) {
      log.warn("Switchboard has commands of its own with the names of yours: {taken}", { taken });
    }
    for (const user of users) await this.#setFor(user);
  }

  /** A user has written: their chat is known to Telegram now. */
  async heard(user: number): Promise<void> {
    if (this.#without.delete(user)) await this.#setFor(user);
  }

  async #setFor(user: number): Promise<void> {
    const commands = menuFor(this.homelab);
    const scope = { type: "chat", chat_id: user };
    const result = await this.call("setMyCommands", { commands, scope });
    if (result.kind === "ok") return;
    this.#without.add(user);
    log.info("No menu for {user} yet: {result}", { user, result });
  }
}
