import { assertEquals, assertMatch } from "@std/assert";
import type { Worker } from "../../lib/conversation/mod.ts";
import { settle } from "../fake_clock.ts";
import { aJob } from "../journal/fixture.ts";
import { ended, exited, said, Stage, started } from "./stage.ts";

const MINUTE = 60_000;

/** Asks something whose process crashes in its turn. */
async function crash(stage: Stage, text = "bang"): Promise<void> {
  await stage.ask(text);
  const prompt = stage.worker.sent.at(-1)!.id;
  await stage.heard(started(prompt), exited("crashed", "boom"));
}

/** A session whose process crashed three times, and what was told of that is read. */
async function broken(): Promise<Stage> {
  const stage = new Stage();
  for (let n = 0; n < 3; n++) await crash(stage);
  stage.texts();
  return stage;
}

const sent = (stage: Stage) => stage.worker.sent.map(({ text }) => text);

Deno.test("backoff: after three in a row the next prompt waits, told once with a button", async () => {
  using stage = await broken();
  const id = await stage.ask("four");
  await stage.ask("five");
  assertEquals([sent(stage).length, stage.state(id)], [3, "waiting"]);
  const [told, ...more] = stage.texts();
  assertMatch(
    told ?? "",
    /keeps ending in \*\*s\*\*\. Your messages are kept; .* in 1 min.*\[heldBack 4\]/,
  );
  assertEquals(more, []);
  assertEquals(stage.queuePresenter.lines, ["four: 0 before", "five: 1 before"]);
});

Deno.test("backoff: each of the three is told as what it was, and can be asked again", async () => {
  using stage = new Stage();
  for (let n = 0; n < 3; n++) await crash(stage);
  const texts = stage.texts();
  assertEquals(texts.length, 3);
  for (const text of texts) assertMatch(text, /ended in the middle of this turn.*\[goOn \d\]$/s);
});

Deno.test("backoff: the pause over, what waited runs; a turn that ends well resets everything", async () => {
  using stage = await broken();
  await stage.ask("four");
  await stage.clock.advance(MINUTE);
  assertEquals(sent(stage).at(-1), "four");
  await stage.answered("p4", "fine");
  await crash(stage);
  await crash(stage);
  await stage.ask("seven");
  assertEquals(sent(stage).at(-1), "seven");
  await stage.answered("p7", "fine");
  assertEquals(stage.clock.timers, 0);
});

Deno.test("backoff: a try that fails makes the next pause longer, and is told again", async () => {
  using stage = await broken();
  await stage.ask("four");
  await stage.clock.advance(MINUTE);
  await stage.heard(started("p4"), exited("crashed"));
  await stage.ask("five");
  assertMatch(stage.texts().at(-1) ?? "", /in 5 min/);
  await stage.clock.advance(5 * MINUTE - 1);
  assertEquals(sent(stage).at(-1), "four");
  await stage.clock.advance(1);
  assertEquals(sent(stage).at(-1), "five");
});

Deno.test("backoff: a try that does not even start costs no message", async () => {
  using stage = await broken();
  const id = await stage.ask("four");
  stage.acquire = () => Promise.reject(new Error("It does not start."));
  for (const minutes of [1, 5, 15, 60, 60]) {
    await stage.clock.advance(minutes * MINUTE);
    assertEquals(stage.state(id), "waiting");
  }
  assertEquals(stage.texts().map((text) => /in (\d+) min/.exec(text)?.[1]), [
    ...["1", "5", "15", "60", "60", "60"],
  ]);
  stage.acquire = () => Promise.resolve(stage.worker);
  await stage.clock.advance(60 * MINUTE);
  assertEquals(sent(stage).at(-1), "four");
});

Deno.test("backoff: a person may try at once", async () => {
  using stage = await broken();
  await stage.ask("four");
  assertEquals(stage.conversations.tryAgain("s"), true);
  await settle();
  assertEquals(sent(stage).at(-1), "four");
  assertEquals(stage.conversations.tryAgain("s"), false);
  await stage.answered("p4", "fine");
  assertEquals(stage.conversations.tryAgain("s"), false);
});

Deno.test("backoff: those of a process that was idle count too", async () => {
  using stage = new Stage();
  for (let n = 0; n < 3; n++) await stage.heard(exited("crashed"));
  await stage.ask("one");
  assertEquals(sent(stage), []);
});

Deno.test("backoff: three in more than five minutes hold nothing back", async () => {
  using stage = new Stage();
  for (let n = 0; n < 4; n++) {
    await crash(stage);
    await stage.clock.advance(2.6 * MINUTE);
  }
  await stage.ask("five");
  assertEquals(sent(stage).at(-1), "five");
});

Deno.test("backoff: neither a stop nor an idle end counts as one", async () => {
  using stage = new Stage();
  for (let n = 1; n <= 5; n++) {
    await stage.ask(`no ${n}`);
    await stage.heard(started(`p${n}`), exited(n % 2 === 0 ? "killed" : "idle"));
  }
  await stage.ask("six");
  assertEquals(sent(stage).at(-1), "six");
});

Deno.test("backoff: one session's hold back no other", async () => {
  using stage = await broken();
  await stage.ask("other", { session: "t" });
  assertEquals(sent(stage).at(-1), "other");
});

/** A CLI that does not start in any session, as after a bad update. */
function brokenCli(): Stage {
  const stage = new Stage();
  stage.acquire = () => Promise.reject(new Error("claude: bad interpreter"));
  return stage;
}

Deno.test("backoff: a CLI that is broken for all sessions does not flood the chat", async () => {
  using stage = brokenCli();
  for (let n = 0; n < 20; n++) {
    stage.journal.jobs.add(aJob({ session: `s${n}`, text: `m${n}` }), 1);
  }
  stage.conversations.wakeAll();
  await settle();
  const texts = stage.texts();
  assertEquals(texts.filter((text) => /bad interpreter \|/.test(text)).length, 5);
  assertEquals(texts.filter((text) => /in whatever session/.test(text)).length, 1);
  assertEquals(texts.length, 6);
  await stage.clock.advance(30 * MINUTE);
  assertEquals(stage.texts().length, 3); // One for each longer pause.
});

Deno.test("backoff: with all held back one makes the try, and its success lets all go", async () => {
  using stage = brokenCli();
  for (let n = 0; n < 12; n++) stage.journal.jobs.add(aJob({ session: `s${n}` }), 1);
  stage.conversations.wakeAll();
  await settle();
  const asked: string[] = [];
  const { promise, resolve } = Promise.withResolvers<Worker>();
  stage.acquire = (session) => {
    asked.push(session);
    return promise;
  };
  await stage.clock.advance(MINUTE);
  assertEquals(asked, ["s5"]);
  resolve(stage.worker);
  await settle();
  const prompt = stage.worker.sent.at(-1)!.id;
  for (const event of [started(prompt), said("ok"), ended([prompt])]) {
    stage.conversations.heard("s5", event);
  }
  await settle();
  assertEquals(asked, ["s5", "s6", "s7", "s8", "s9", "s10", "s11"]);
});

Deno.test("backoff: all go on as soon as the one that makes the try is seen to work", async () => {
  using stage = brokenCli();
  for (let n = 0; n < 8; n++) stage.journal.jobs.add(aJob({ session: `s${n}` }), 1);
  stage.conversations.wakeAll();
  await settle();
  stage.acquire = () => Promise.resolve(stage.worker);
  await stage.clock.advance(MINUTE);
  assertEquals(stage.worker.sent.length, 1);
  stage.conversations.heard("s5", started(stage.worker.sent[0]!.id));
  await settle();
  assertEquals(stage.worker.sent.length, 1);
  stage.conversations.heard("s5", said("This will take long."));
  await settle();
  assertEquals(stage.worker.sent.length, 3);
});

Deno.test("backoff: a try that is stopped before it began is made by the next", async () => {
  using stage = brokenCli();
  for (let n = 0; n < 8; n++) stage.journal.jobs.add(aJob({ session: `s${n}` }), 1);
  stage.conversations.wakeAll();
  await settle();
  const asked: string[] = [];
  stage.acquire = (session) => {
    asked.push(session);
    return new Promise(() => {});
  };
  await stage.clock.advance(MINUTE);
  await stage.conversations.of("s5").stop();
  await settle();
  assertEquals(asked, ["s5", "s6"]);
});

Deno.test("backoff: what is held back outlives a restart, which tries again", async () => {
  using stage = await broken();
  await stage.ask("four");
  stage.conversations.shutDown();
  assertEquals(stage.clock.timers, 0);
  using after = new Stage({ journal: stage.journal });
  after.conversations.wakeAll();
  await settle();
  assertEquals(sent(after), ["four"]);
});

Deno.test("backoff: what keeps one session from starting its process is none", async () => {
  using stage = new Stage();
  stage.acquire = () => Promise.reject(stage.unready);
  for (let n = 0; n < 7; n++) assertEquals(stage.state(await stage.ask(`no ${n}`)), "done");
  const texts = stage.texts();
  assertEquals(texts.filter((text) => /metadata of 's' cannot be read/.test(text)).length, 7);
  assertEquals(texts.length, 7);
  stage.acquire = () => Promise.resolve(stage.worker);
  await stage.ask("fine");
  await stage.ask("other", { session: "t" });
  assertEquals(sent(stage), ["fine", "other"]);
});

Deno.test("backoff: with all held back, a session without a crash makes the try before the broken ones", async () => {
  using stage = new Stage();
  const asked: string[] = [];
  stage.acquire = (session) => {
    asked.push(session);
    if (session === "sound") return Promise.resolve(stage.worker);
    return Promise.reject(new Error(`${session} is broken`));
  };
  for (let n = 0; n < 3; n++) {
    for (const session of ["a", "b"]) await stage.ask(`${n}`, { session });
  }
  await stage.ask("late", { session: "a" });
  await stage.ask("hello", { session: "sound" });
  assertEquals([asked.length, sent(stage)], [6, []]);
  await stage.clock.advance(MINUTE);
  assertEquals([asked[6], sent(stage)], ["sound", ["hello"]]);
});

Deno.test("backoff: of two broken sessions the one that failed longer ago makes the next try", async () => {
  using stage = new Stage();
  const asked: string[] = [];
  stage.acquire = (session) => {
    asked.push(session);
    return Promise.reject(new Error(`${session} is broken`));
  };
  for (let n = 0; n < 3; n++) {
    for (const session of ["a", "b"]) await stage.ask(`${n}`, { session });
  }
  for (const session of ["a", "b"]) await stage.ask("more", { session });
  asked.length = 0;
  for (const minutes of [1, 5, 15, 60]) await stage.clock.advance(minutes * MINUTE);
  assertEquals(asked.slice(0, 4), ["a", "b", "a", "b"]);
});

Deno.test("backoff: the last words that are told are those of the session itself", async () => {
  using stage = new Stage();
  const told: string[] = [];
  const notice = stage.compose.notice.bind(stage.compose);
  stage.compose.notice = (each) => {
    if (each.choice?.kind === "heldBack") {
      told.push(`${stage.journal.jobs.get(each.choice.job)?.session}: ${each.text}`);
    }
    return notice(each);
  };
  stage.acquire = (session) => Promise.reject(new Error(`the secret of ${session}`));
  for (let n = 0; n < 6; n++) await stage.ask("x", { session: n % 2 === 0 ? "a" : "b" });
  await stage.ask("x", { session: "sound", place: { chat: 7 } });
  for (const line of told) {
    const [, session, words] = /^(\w+): .*?(?:the secret of (\w+))?\n?~*$/s.exec(line) ?? [];
    assertEquals(words, session === "sound" ? undefined : session, line);
  }
  const sessions = new Set(told.map((line) => line.split(":")[0]));
  assertEquals([sessions.has("sound"), sessions.size > 1], [true, true]);
});
