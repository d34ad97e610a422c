// deno-lint-ignore-file no-console -- it prints a table
/** `deno task bench`: what things cost, each beside the floor that it is compared with. */
import MarkdownIt from "markdown-it";
import { DatabaseSync } from "node:sqlite";
import { readLines } from "../../lib/claude/protocol.ts";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { renderMarkdown } from "../../lib/telegram/text/markdown.ts";
import { splitText } from "../../lib/telegram/text/split.ts";
import { Bench } from "../e2e/harness.ts";
import { standIn } from "../sim/program.ts";
import { stops } from "./stop.ts";

/** One line of the table: ours and the least that anything could take. */
interface Row {
  readonly what: string;
  readonly ours: string;
  readonly floor: string;
}

const ms = (value: number) => `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;

/** The median of `times` runs, in milliseconds. */
async function median(times: number, work: () => unknown): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < times; n++) {
    const before = performance.now();
    await work();
    samples.push(performance.now() - before);
  }
  return samples.sort((a, b) => a - b)[Math.floor(times / 2)]!;
}

async function lines(): Promise<Row[]> {
  const delta = JSON.stringify({
    type: "stream_event",
    parent_tool_use_id: null,
    event: {
      type: "content_block_delta",
      delta: { type: "text_delta", text: "twenty-four characters.." },
    },
  });
  const short = `${delta}\n`.repeat(20_000);
  const text = JSON.stringify({ type: "user", message: { content: "x".repeat(16 * 1024 * 1024) } });
  const decodeAll = async (source: string) => {
    for await (const line of readLines(new Blob([source]).stream())) decodeLine(line);
  };
  const parseAll = (source: string) => {
    for (const line of source.split("\n")) if (line !== "") JSON.parse(line);
  };
  return [
    {
      what: "20,000 deltas: decoded / bare split and JSON.parse",
      ours: ms(await median(5, () => decodeAll(short))),
      floor: ms(await median(5, () => parseAll(short))),
    },
    {
      what: "one line of 16 MB: decoded / bare JSON.parse",
      ours: ms(await median(5, () => decodeAll(text + "\n"))),
      floor: ms(await median(5, () => parseAll(text))),
    },
  ];
}

async function journal(): Promise<Row[]> {
  const dir = await Deno.makeTempDir();
  using ours = openJournal(`${dir}/journal.db`);
  const bare = new DatabaseSync(`${dir}/bare.db`);
  bare.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x TEXT)");
  const insert = bare.prepare("INSERT INTO t VALUES (?)");
  let id = 0;
  const record = () =>
    ours.updates.record({
      id: ++id,
      kind: "prompt",
      place: { chat: 1 },
      user: 1,
      payload: { text: "hello" },
      receivedAt: id,
    });
  const row = {
    what: "an update journaled / a bare durable insert",
    ours: ms(await median(200, record)),
    floor: ms(await median(200, () => insert.run("hello"))),
  };
  bare.close();
  await Deno.remove(dir, { recursive: true });
  return [row];
}

async function markdown(): Promise<Row[]> {
  const unit =
    "## A heading\n\nSome **bold** words, `code`, a [link](https://example.org/a) and snake_case.\n\n" +
    "- one\n  - nested\n- two\n\n```ts\nconst x = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n";
  const rows: Row[] = [];
  for (const size of [10_000, 100_000, 200_000]) {
    const source = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
    rows.push({
      what: `Markdown of ${size / 1000} k: rendered and cut / parsed only`,
      ours: ms(await median(5, () => splitText(renderMarkdown(source)))),
      floor: ms(await median(5, () => new MarkdownIt().parse(source, {}))),
    });
  }
  return rows;
}

/** From the line on stdin to the `result`, without Switchboard and Telegram in between. */
async function bareTurns(): Promise<number> {
  const [program, ...args] = standIn();
  const dir = await Deno.makeTempDir();
  const flags = [
    "-p",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
  ];
  const child = new Deno.Command(program!, {
    args: [...args, ...flags],
    cwd: dir,
    env: { CLAUDE_CONFIG_DIR: dir },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const said = readLines(child.stdout);
  const turn = async () => {
    const line = {
      type: "user",
      uuid: crypto.randomUUID(),
      message: { role: "user", content: "hi" },
    };
    await writer.write(new TextEncoder().encode(JSON.stringify(line) + "\n"));
    while (!(await said.next()).value?.includes('"type":"result"'));
  };
  await turn();
  const time = await median(20, turn);
  await writer.close();
  await child.status;
  await Deno.remove(dir, { recursive: true });
  return time;
}

async function program(): Promise<Row[]> {
  await using bench = await Bench.make();
  const start = await median(1, () => bench.start());
  const deno = await median(
    5,
    () => new Deno.Command(Deno.execPath(), { args: ["eval", ""] }).output(),
  );
  bench.say("/new bench");
  bench.say("warm up");
  await bench.hears(/ok #1/);
  let round = 1;
  const turn = () => {
    bench.say("hi");
    return bench.hears(new RegExp(`ok #${++round}:`));
  };
  const turns = await median(20, turn);
  const status = await Deno.readTextFile(`/proc/${bench.pid}/status`);
  const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  return [
    {
      what: "start to the first getUpdates / an empty Deno program",
      ours: ms(start),
      floor: ms(deno),
    },
    {
      what: "Telegram message to answer / the same turn over bare pipes",
      ours: ms(turns),
      floor: ms(await bareTurns()),
    },
    { what: "memory of the program after 21 turns", ours: `${Math.round(rss)} MB`, floor: "" },
  ];
}

if (import.meta.main) {
  console.log(`Deno ${Deno.version.deno}, ours / floor, medians\n`);
  for (const part of [lines, journal, markdown, program, stops]) {
    for (const { what, ours, floor } of await part()) {
      console.log(`${what.padEnd(62)} ${ours.padStart(9)} ${floor.padStart(9)}`);
    }
  }
}
