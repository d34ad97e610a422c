import { menuFor } from "../../../lib/telegram/features/commands.ts";
import type { Homelab } from "../../../lib/homelab/mod.ts";
import { assert, assertEquals } from "@std/assert";
import { Menu } from "../../../lib/telegram/features/menu.ts";
import { FakeTelegram, refused } from "../fake_call.ts";

const HOMELAB = {
  probes: new Map(),
  commands: new Map(),
  status: () => Promise.resolve([]),
  close: () => Promise.resolve(),
};

Deno.test("menu: a user whom Telegram does not know yet has it with the first message", async () => {
  const telegram = new FakeTelegram(() => 0);
  telegram.next.push(refused(400, "Bad Request: chat not found"));
  const menu = new Menu(telegram.call, HOMELAB);
  await menu.set([1, 2]);
  await menu.heard(2);
  await menu.heard(1);
  await menu.heard(1);
  const scopes = telegram.of("setMyCommands").map(({ payload }) => payload["scope"]);
  assertEquals(scopes, [1, 2, 1].map((chat_id) => ({ type: "chat", chat_id })));
});

Deno.test("menu: one that is refused again is tried with the next message", async () => {
  const telegram = new FakeTelegram(() => 0);
  telegram.next.push(refused(400, "Bad Request: chat not found"));
  telegram.next.push(refused(400, "Bad Request: chat not found"));
  const menu = new Menu(telegram.call, HOMELAB);
  await menu.set([1]);
  await menu.heard(1);
  await menu.heard(1);
  await menu.heard(1);
  assertEquals(telegram.of("setMyCommands").length, 3);
});

Deno.test("menu: a command whose name begins another one stands before it: it is suggested first", () => {
  const names = menuFor({ probes: new Map(), commands: new Map() } as unknown as Homelab)
    .map(({ command }) => command);
  for (const [index, name] of names.entries()) {
    const longer = names.findIndex((other) => other !== name && other.startsWith(name));
    assert(longer === -1 || longer > index, `/${names[longer]} stands before /${name}`);
  }
});
