// deno-lint-ignore-file no-console -- its output is read by a test
/** `URL FINGERPRINT COUNT`: asks a pinned service so often, and prints what came each time, as JSON. */
import { systemClock } from "../../../lib/clock.ts";
import { ask, ServiceError } from "../../../lib/homelab/http/client.ts";
import { trusting } from "../../../lib/homelab/http/tls.ts";

const [url, fingerprint, count] = Deno.args;
const world = { fetch, clock: systemClock, readTextFile: Deno.readTextFile };
const request = trusting({ fingerprint: fingerprint! }, world);
const headers = { authorization: "PBSAPIToken=bot@pbs!telegram:secret" };
const outcomes: string[] = [];
for (let time = 0; time < Number(count); time++) {
  const asked = ask(request, url!, { signal: AbortSignal.timeout(5_000), headers });
  outcomes.push(
    await asked.then(({ text }) => text, (error) => {
      if (!(error instanceof ServiceError)) throw error;
      return `${error.trouble}: ${error.message}`;
    }),
  );
}
console.log(JSON.stringify(outcomes));
Deno.exit(0); // The timers of the signals would hold it for seconds.
