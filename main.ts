import { join } from "@std/path";
import config from "./deno.json" with { type: "json" };
import { main } from "./lib/cli/main.ts";

// A lock that is still being waited for would hold the process open.
if (import.meta.main) {
  const builtinPersonas = join(import.meta.dirname ?? ".", "personas");
  Deno.exit(await main(Deno.args, { version: config.version, builtinPersonas }));
}
