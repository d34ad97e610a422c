import { assert, assertEquals, assertMatch } from "@std/assert";
import { gather, wordsOf } from "../../../lib/homelab/commands/output.ts";
import { programStarter } from "../../../lib/homelab/environment.ts";
import { createCommands } from "../../../lib/homelab/commands/commands.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";

const kill = (args: readonly string[]) =>
  new Deno.Command("kill", { args: [...args], stderr: "null" }).output();

/** Ten times as fast: a program that does not listen is given two seconds. */
const clock: Clock = { ...systemClock, after: (ms, action) => systemClock.after(ms / 10, action) };

function command(run: string[], seconds = 20) {
  const env = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", FOO: "bar" };
  const start = programStarter(env, Deno.cwd(), kill);
  return createCommands({ it: { run, seconds } }, { clock, start }).get("it")!;
}

Deno.test("own commands: both outputs and the exit code are told", async () => {
  const { output, end } = await command(["sh", "-c", "echo out; echo err >&2; exit 3"]).run([]);
  assertEquals(output.split("\n").sort(), ["err", "out"]);
  assertEquals(end, { kind: "exit", code: 3 });
});

Deno.test("own commands: arguments are arguments, and reach no shell", async () => {
  const args = ["$(touch /tmp/x)", "; reboot", "a b", "*", "-n"];
  const { output } = await command(["printf", "[%s]"]).run(args);
  assertEquals(output, "[$(touch /tmp/x)][; reboot][a b][*][-n]");
});

Deno.test("own commands: their environment is the given one alone", async () => {
  const { output } = await command(["env"]).run([]);
  assertMatch(output, /^FOO=bar$/m);
  assert(!/HOME=/.test(output));
});

Deno.test("own commands: one that takes too long ends with all that it started", async () => {
  const script = "trap '' TERM; echo begun; sleep 987.123 & sleep 987.123; wait";
  const { output, end } = await command(["sh", "-c", script], 2).run([]);
  assertEquals([output, end], ["begun", { kind: "late", seconds: 2 }]);
  for (let tries = 0;; tries++) {
    const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args="] }).output();
    const left = new TextDecoder().decode(stdout).split("\n").filter((line) =>
      line === "sleep 987.123"
    );
    if (left.length === 0) break;
    assert(tries < 50, left.join());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

Deno.test("own commands: a program that is not there is named", async () => {
  const { end } = await command(["switchboard-no-such-program"]).run([]);
  assertEquals(end, { kind: "missing", program: "switchboard-no-such-program" });
});

Deno.test("own commands: more than a megabyte is cut, and the program goes on to its end", async () => {
  const { output, cut, end } = await command(["sh", "-c", "yes | head -c 3000000; exit 4"]).run([]);
  assertEquals([output.length <= 1_048_576, cut, end], [true, true, { kind: "exit", code: 4 }]);
});

Deno.test("own commands: colours, cursor moves and progress bars become plain text", async () => {
  const raw = "\x1b[1;32mgreen\x1b[0m \x1b]0;title\x07x\r\n10 %\r50 %\r100 %\nnext\x08\t!\n\n";
  const stream = new Blob([raw]).stream();
  const gathered = gather([stream]);
  await gathered.done;
  assertEquals(gathered.taken().output, "green x\n100 %\nnext\t!");
});

Deno.test("own commands: a character that comes in two pieces is one", async () => {
  const bytes = new TextEncoder().encode("ä€🏠");
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  const gathered = gather([stream]);
  await gathered.done;
  assertEquals(gathered.taken().output, "ä€🏠");
});

const WORDS: readonly (readonly [string, string[] | null])[] = [
  ["", []],
  ["  a  b\nc ", ["a", "b", "c"]],
  ['say "two words" \'and "three" words\' --x="y z"', [
    "say",
    "two words",
    'and "three" words',
    "--x=y z",
  ]],
  ["“typographic ones” „of phones“", ["typographic ones", "of phones"]],
  ['""', [""]],
  ["$HOME `id` \\n | & ;", ["$HOME", "`id`", "\\n", "|", "&", ";"]],
  ['open "quote', null],
  ["it's", null],
];

for (const [text, words] of WORDS) {
  Deno.test(`own commands: the arguments of '${text}' are ${JSON.stringify(words)}`, () => {
    assertEquals(wordsOf(text), words);
  });
}

Deno.test("own commands: the menu names the program, and no argument, which may be a secret", () => {
  assertEquals(command(["/srv/bin/updates", "--key", "hunter2"]).description, "Runs updates");
});
