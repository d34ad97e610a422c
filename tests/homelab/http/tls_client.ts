// deno-lint-ignore-file no-console -- its output is read by a test
/** `FINGERPRINT COUNT URL…`: asks each pinned service so often, and prints what came, as JSON. */
import { systemClock } from "../../../lib/clock.ts";
import { ask, ServiceError } from "../../../lib/homelab/http/client.ts";
import { trusting } from "../../../lib/homelab/http/tls.ts";

const [fingerprint, count, ...urls] = Deno.args;
const world = { fetch, clock: systemClock, readTextFile: Deno.readTextFile };
const headers = { authorization: "PBSAPIToken=bot@pbs!telegram:secret" };

async function outcomes(url: string): Promise<string[]> {
  const request = trusting({ fingerprint: fingerprint! }, world);
  const came: string[] = [];
  for (let time = 0; time < Number(count); time++) {
    const asked = ask(request, url, { signal: AbortSignal.timeout(5_000), headers });
    came.push(
      await asked.then(({ text }) => text, (error) => {
        if (!(error instanceof ServiceError)) throw error;
        return `${error.trouble}: ${error.message}`;
      }),
    );
  }
  return came;
}

console.log(JSON.stringify(await Promise.all(urls.map(outcomes))));
Deno.exit(0); // The timers of the signals would hold it for seconds.
