/**
 * Certificates as homelabs have them: of a public authority, of an own one, or one that is pinned by
 * its fingerprint. One service's setting never weakens the checks of another.
 * @module
 */
import { endOf, exchange, whileOpen } from "./exchange.ts";
import type { Fetch, HttpEnvironment } from "../environment.ts";
import { sentence, ServiceError } from "./client.ts";
import type { ServiceSettings } from "./settings.ts";
import { pinned } from "./pinned.ts";

/**
 * A `fetch` for one service. With a fingerprint the host may be a bare IP, whatever names the
 * certificate has: PBS gives itself one without its address in the network.
 */
export function trusting(
  trust: Omit<ServiceSettings, "url">,
  environment: HttpEnvironment,
): Fetch {
  const { ca_file, fingerprint } = trust;
  if (fingerprint !== undefined) return pinned(fingerprint);
  if (ca_file !== undefined) return signedBy(ca_file, environment);
  return environment.fetch;
}

function signedBy(caFile: string, environment: HttpEnvironment): Fetch {
  return async (address, init) => {
    const url = new URL(address);
    const ca = await readPem(caFile, environment);
    const open = async () => await Deno.connectTls({ ...endOf(url), caCerts: [ca] });
    const signal = init.signal ?? null;
    return await whileOpen(signal, open, (conn) => exchange(conn, url, init));
  };
}

async function readPem(file: string, { readTextFile }: HttpEnvironment): Promise<string> {
  const text = await readTextFile(file).catch((error) => {
    throw new ServiceError("trust", `cannot be checked: ca_file: ${sentence(error)}`);
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new ServiceError("trust", `cannot be checked: no certificate stands in '${file}'`);
}
