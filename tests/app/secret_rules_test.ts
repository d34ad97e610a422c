import { assertEquals } from "@std/assert";
import { secretRules } from "../../lib/app/permissions.ts";
import { loadSettings } from "../../lib/settings/mod.ts";
import { closedPlaces } from "../../lib/app/trust.ts";

async function rulesOf(home: string, file: object): Promise<string[]> {
  return secretRules(
    await loadSettings({
      home,
      env: (name) => name === "TELEGRAM_BOT_TOKEN" ? "1:x" : undefined,
      readTextFile: () =>
        Promise.resolve(JSON.stringify({ telegram: { allowed_users: [1] }, ...file })),
    }),
  );
}

Deno.test("secret rules: every file with a secret that the settings name, and what is known here", async () => {
  const rules = await rulesOf("/srv/sb", {
    telegram: { allowed_users: [1], token_file: "bot-token" },
    homelab: {
      pbs: { url: "https://pbs.lan:8007", token_file: "/etc/pbs-token" },
      pve: { url: "https://pve.lan:8006", token_file: "pve-token", ca_file: "root-ca.pem" },
      kuma: { url: "https://kuma.lan", api_key_file: "../kuma-key" },
    },
  });
  assertEquals(rules.filter((rule) => rule.startsWith("Read")), [
    ...["Read(//srv/sb/bot-token)", "Read(//etc/pbs-token)", "Read(//srv/sb/pve-token)"],
    ...["Read(//srv/kuma-key)", "Read(//run/credentials/**)", "Read(//proc/*/environ)"],
  ]);
  assertEquals(rules.filter((rule) => rule.startsWith("Edit")).slice(-2), [
    ...["Edit(//srv/sb/state/**)", "Edit(//srv/sb/trust/**)"],
  ]);
});

Deno.test("secret rules: a path that would be a pattern, or end the rule, is kept as well", async () => {
  const rules = await rulesOf("/srv/(sb)*", {
    telegram: { allowed_users: [1], token_file: "[a]" },
  });
  assertEquals(rules.filter((rule) => rule.includes("sb")), [
    ...["Read(//srv/?sb??/?a?)", "Edit(//srv/?sb??/?a?)"],
    ...["Edit(//srv/?sb??/state/**)", "Edit(//srv/?sb??/trust/**)"],
  ]);
});

Deno.test("closed places: home, what has a secret, and the configuration that the CLI is given", async () => {
  const settings = await loadSettings({
    home: "/srv/sb",
    env: (name) => name === "TELEGRAM_BOT_TOKEN" ? "1:x" : undefined,
    readTextFile: () =>
      Promise.resolve(JSON.stringify({
        telegram: { allowed_users: [1] },
        homelab: { kuma: { url: "https://kuma.lan", api_key_file: "../kuma-key" } },
      })),
  });
  const paths = ["/srv/sb", "/srv/kuma-key"];
  assertEquals(closedPlaces(settings, { HOME: "/home/ada" }), {
    userHome: "/home/ada",
    paths: [...paths, "/home/ada/.claude"],
  });
  assertEquals(closedPlaces(settings, { HOME: "/home/ada", CLAUDE_CONFIG_DIR: "/srv/claude" }), {
    userHome: "/home/ada",
    paths: [...paths, "/srv/claude"],
  });
});
