/**
 * Telegram's own code (TDLib) as a process: a JSON request a line in, TDLib's answer a line out.
 * A process of its own, because the library may crash the one that it is loaded in when that ends.
 */
// deno-lint-ignore no-import-prefix -- needed in this folder only
import about from "npm:@prebuilt-tdlib/linux-x64-glibc@0.1008065.0/package.json" with {
  type: "json",
};
import { TextLineStream } from "@std/streams";

const home = import.meta.resolve(
  `npm:@prebuilt-tdlib/linux-x64-glibc@${about.version}/package.json`,
);
const library = Deno.dlopen(new URL("libtdjson.so", home), {
  td_execute: { parameters: ["buffer"], result: "pointer" },
});
const encoder = new TextEncoder();

function execute(request: string): string {
  const answer = library.symbols.td_execute(encoder.encode(request + "\0"));
  return answer === null ? '{"@type":"error"}' : new Deno.UnsafePointerView(answer).getCString();
}

execute('{"@type":"setLogVerbosityLevel","new_verbosity_level":0}');
const requests = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const request of requests) {
  if (request !== "") await write(execute(request) + "\n");
}

async function write(line: string): Promise<void> {
  let bytes = encoder.encode(line);
  while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
}
