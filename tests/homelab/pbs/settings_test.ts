import { assert, assertEquals } from "@std/assert";
import { permissions } from "../../../lib/app/permissions.ts";
import { settingsSchema } from "../../../lib/settings/schema.ts";

const FINGERPRINT = Array.from({ length: 32 }, (_, n) => n.toString(16).padStart(2, "0")).join(":");
const pbs = { url: "https://10.0.0.6:8007", token_file: "pbs-token" };

function problem(homelab: unknown): string {
  const { error } = settingsSchema.safeParse({ homelab });
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join() ?? "";
}

Deno.test("pbs settings: a URL and a token file are enough; one way to trust may be added", () => {
  assertEquals(problem({ pbs }), "");
  assertEquals(problem({ pbs: { ...pbs, fingerprint: FINGERPRINT.toUpperCase() } }), "");
  assertEquals(problem({ pve: { ...pbs, ca_file: "/etc/ssl/own.pem" } }), "");
  const parsed = settingsSchema.parse({ homelab: { pbs: { ...pbs, url: `${pbs.url}//` } } });
  assertEquals(parsed.homelab.pbs?.url, "https://10.0.0.6:8007");
});

Deno.test("pbs settings: what is wrong is named, and a login in a URL is refused", () => {
  const cases: [unknown, RegExp][] = [
    [{ pbs: { url: pbs.url } }, /^homelab\.pbs\.token_file: /],
    [{ pbs: { ...pbs, url: "10.0.0.6:8007" } }, /^homelab\.pbs\.url: expected a URL/],
    [{ pbs: { ...pbs, url: "https://root:hunter2@pbs.lan" } }, /url: expected .* without a login/],
    [{ pve: { ...pbs, fingerprint: "aa:bb" } }, /^homelab\.pve\.fingerprint: expected a SHA-256/],
    [{ pbs: { ...pbs, fingerprint: FINGERPRINT, ca_file: "x" } }, /^homelab\.pbs: .*not both/],
    [{ pbs: { ...pbs, url: "http://pbs.lan", ca_file: "x" } }, /^homelab\.pbs: .*https:\/\//],
    [{ pbs: { ...pbs, late_hours: { mgmt: 5 } } }, /homelab\.pbs\.late_hours\.mgmt: /],
    [{ pbs: { ...pbs, verify_tls: false } }, /verify_tls/],
  ];
  for (const [homelab, expected] of cases) {
    const found = problem(homelab);
    assert(expected.test(found), found);
    assert(!found.includes("hunter2"));
  }
});

Deno.test("pbs settings: exactly its host and the files it names may be reached", () => {
  const homelab = {
    pbs: { ...pbs, ca_file: "/etc/ssl/own.pem" },
    pve: { ...pbs, url: "https://[fd00::5]:8006/" },
  };
  const { net, read } = permissions(settingsSchema.parse({ homelab }));
  assertEquals(net, ["api.telegram.org:443", "10.0.0.6:8007", "[fd00::5]:8006"]);
  assertEquals(read, [".", "/run/credentials", "/etc/ssl/own.pem"]);
});
