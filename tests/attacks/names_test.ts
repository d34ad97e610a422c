/** Hostile names, wherever a person or an old button can say one. */
import { join } from "@std/path";
import { ADA, Arena, existsSync, sample, SESSION } from "./arena.ts";
import { judged } from "./open.ts";

const NAMES: readonly string[] = [
  "..",
  ".",
  "../evil",
  "../../evil",
  "/tmp/switchboard-evil",
  "a/b",
  "a/../../evil",
  "..%2fevil",
  "%2e%2e",
  "~",
  "~root",
  "$(touch evil)",
  "`touch evil`",
  ";touch",
  "|touch",
  "a\u0000b",
  "a\u202eb",
  "a\u200bb",
  "ａ",
  "é",
  "*",
  "a".repeat(51),
  "a".repeat(3_000),
  "-rf",
  "--help",
  "__proto__",
  "constructor",
  "metadata.json",
  ".hidden",
  "CON",
];

const COMMANDS: readonly ((name: string) => string)[] = [
  (name) => `/new ${name}`,
  (name) => `/new made ${name}`,
  (name) => `/session ${name}`,
  (name) => `/persona ${name}`,
  (name) => `/archive ${name}`,
  (name) => `/restore ${name}`,
  (name) => `/restore ${name}.tar.gz`,
  (name) => `/repair ${name}`,
  (name) => `/model ${name}`,
  (name) => `/mode ${name}`,
];

const DATA: readonly ((name: string) => string)[] = [
  (name) => `s:${name}`,
  (name) => `z:${name}:0`,
  (name) => `k:${name}`,
  (name) => `r:${name}`,
  (name) => `x:${name}`,
  (name) => `p:${name}:allow`,
  (name) => `v:${name}`,
  (name) => `h:${name}`,
  (name) => `t:${name}`,
  (name) => `q:${name}`,
  (name) => `l:${name}`,
];

const isName = (name: string) => /^[A-Za-z0-9_-]{1,50}$/.test(name);

/** What lies where no name may lead. */
function strays(arena: Arena): string[] {
  const list = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);
  const home = list(arena.home).filter((name) =>
    !/^(sessions|sessions_archive|personas|state|trust|bin|claude-config|switchboard\.jsonc|claude\.log)/
      .test(name)
  );
  const sessions = list(join(arena.home, "sessions")).filter((name) => !isName(name));
  const evil = ["/tmp/switchboard-evil", "/tmp/evil", join(arena.home, "..", "evil")]
    .filter(existsSync);
  return [
    ...home,
    ...sessions,
    ...evil,
    ...list(arena.canaries).filter((name) => /evil/.test(name)),
  ];
}

Deno.test("attacks: no name leads anywhere but to what it names", async () => {
  await using arena = await Arena.make();
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  const effects: string[] = [];
  const names = sample(NAMES, 4);
  for (const name of names) {
    for (const command of COMMANDS) {
      const text = command(name);
      if (text.length <= 4_096) arena.bench.say(text);
    }
    const message = arena.bench.api.lastMessage(ADA, { byBot: true })!;
    for (const data of DATA) {
      const bytes = data(name);
      if (new TextEncoder().encode(bytes).length > 64) continue;
      const press = { from: ADA, messageId: message.message_id, data: bytes };
      const { text = "" } = await arena.bench.api.press(press).answer;
      if (/undefined|\[object|native code/.test(text)) effects.push(`${bytes}: ${text}`);
    }
    await arena.status();
    const found = strays(arena);
    if (found.length > 0) effects.push(`${name.slice(0, 40)}: ${found.join(", ")}`);
  }
  await arena.call(`/session ${SESSION}`);
  judged("names", effects);
});
