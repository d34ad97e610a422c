import { assertEquals } from "@std/assert";
import { partOf, PROBES } from "../../lib/homelab/mod.ts";
import { homelabSchema } from "../../lib/homelab/probes.ts";

const kinds = Object.values(PROBES);

Deno.test("probes: each has a name of its own, which a command of Telegram may have", () => {
  const names = kinds.map(({ name }) => name);
  assertEquals(names, [...new Set(names)]);
  assertEquals(names.filter((name) => !/^[a-z]{1,32}$/.test(name)), []);
});

Deno.test("probes: the settings have a part for each, but for those that look at another's", () => {
  const parts = Object.keys(homelabSchema.shape);
  assertEquals(kinds.map(partOf).filter((part) => !parts.includes(part)), []);
  assertEquals(parts, ["pbs", "pve", "beszel", "kuma", "ping", "commands"]);
});

Deno.test("probes: the letters of buttons that are in chats stay whose they were", () => {
  const letters = Object.entries(PROBES).map(([letter, { name }]) => `${letter} ${name}`);
  const then = ["p pbs", "b backups", "v pve", "z beszel", "k kuma", "i ping"];
  assertEquals(then.filter((each) => !letters.includes(each)), []);
});
