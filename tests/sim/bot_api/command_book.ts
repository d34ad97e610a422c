import type { BotCommand, BotCommandScope } from "grammy/types";

/** The lists of commands that the bot has set, by scope and language. */
export class CommandBook {
  readonly #lists = new Map<string, BotCommand[]>();

  set(scope: BotCommandScope, language: string, commands: BotCommand[]): void {
    this.#lists.set(keyOf(scope, language), commands);
  }

  delete(scope: BotCommandScope, language: string): void {
    this.#lists.delete(keyOf(scope, language));
  }

  /** The list of exactly this scope; empty when there is none. */
  get(scope: BotCommandScope = { type: "default" }, language = ""): BotCommand[] {
    return this.#lists.get(keyOf(scope, language)) ?? [];
  }

  /** What a person sees in the menu of a chat: the list of the narrowest scope that has one. */
  seenBy(user: number, chat: number): BotCommand[] {
    const scopes: BotCommandScope[] = chat > 0
      ? [{ type: "chat", chat_id: chat }, { type: "all_private_chats" }]
      : [
        { type: "chat_member", chat_id: chat, user_id: user },
        { type: "chat", chat_id: chat },
        { type: "all_group_chats" },
      ];
    for (const scope of [...scopes, { type: "default" } as const]) {
      const list = this.#lists.get(keyOf(scope, ""));
      if (list) return list;
    }
    return [];
  }
}

function keyOf(scope: BotCommandScope, language: string): string {
  const chat = "chat_id" in scope ? scope.chat_id : "";
  const user = "user_id" in scope ? scope.user_id : "";
  return `${scope.type} ${chat} ${user} ${language}`;
}
