import { assertEquals, assertMatch } from "@std/assert";
import { settingsSchema } from "../../lib/settings/schema.ts";

const url = "https://hub.lan/";

const GOOD: readonly object[] = [
  { beszel: { url, email: "bot@lan", password_file: "p" } },
  { beszel: { url, email: "bot@lan", password_file: "p", ca_file: "ca.pem" } },
  { kuma: { url, api_key_file: "k" } },
  { kuma: { url, status_page: "home" } },
  {
    ping: { hosts: ["nas", "nas.lan", "10.0.0.1:22", "[fd00::2]", "[fd00::2]:443", "a.b.:65535"] },
  },
  { ping: { hosts: ["::1", "fd00::2", "::ffff:10.0.0.1", "[::1]:22"] } },
  { pbs: { url: "https://[fd00::6]:8007", token_file: "t" } },
  { commands: { updates: { run: ["apt", "list"] }, raid_2: { run: ["mdadm"], seconds: 5 } } },
];

for (const homelab of GOOD) {
  Deno.test(`homelab settings: ${JSON.stringify(homelab)} is understood`, () => {
    assertEquals(settingsSchema.safeParse({ homelab }).error, undefined);
  });
}

const WRONG: readonly (readonly [object, RegExp])[] = [
  [{ beszel: { url, password_file: "p" } }, /beszel\.email/],
  [{ beszel: { url, email: "e", password: "secret" } }, /password_file/],
  [{ beszel: { url: "https://u:p@hub.lan", email: "e", password_file: "p" } }, /without a login/],
  [{ kuma: { url } }, /api_key_file or status_page, one of the two/],
  [{ kuma: { url, api_key_file: "k", status_page: "p" } }, /one of the two/],
  [{ kuma: { url, status_page: "Home/../x" } }, /status page's address/],
  [{ ping: { hosts: [] } }, /ping\.hosts/],
  [{ ping: { hosts: ["-f"] } }, /expected a host/],
  [{ ping: { hosts: ["a b"] } }, /expected a host/],
  [{ ping: { hosts: ["a,b"] } }, /expected a host/],
  [{ ping: { hosts: ["nas.lan:99999"] } }, /expected a host/],
  [{ ping: { hosts: ["nas.lan:0"] } }, /expected a host/],
  [{ ping: { hosts: ["a..b"] } }, /expected a host/],
  ...["[::1", "::1]", "[nas]", "[fd00::2]:0", "fe80::1%eth0", ":::", "[::1]x", ""].map((
    host,
  ) => [{ ping: { hosts: [host] } }, /expected a host/] as const),
  [{ commands: { updates: { run: [] } } }, /commands\.updates\.run/],
  [{ commands: { updates: { run: [""] } } }, /expected a program/],
  [{ commands: { updates: "apt list" } }, /commands\.updates/],
  [{ commands: { "rm -rf": { run: ["x"] } } }, /small letters/],
  [{ commands: { a: { run: ["x"], seconds: 0 } } }, /seconds/],
];

for (const [homelab, said] of WRONG) {
  Deno.test(`homelab settings: ${JSON.stringify(homelab)} is refused`, () => {
    const issues = settingsSchema.safeParse({ homelab }).error?.issues ?? [];
    assertMatch(
      issues.map(({ path, message }) => `${path.join(".")}: ${message} ${JSON.stringify(issues)}`)
        .join("\n"),
      said,
    );
  });
}

Deno.test("homelab settings: an address is kept without its last slash", () => {
  const { homelab } = settingsSchema.parse({ homelab: { kuma: { url, status_page: "home" } } });
  assertEquals(homelab.kuma?.url, "https://hub.lan");
});
