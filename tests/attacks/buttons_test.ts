/** Taps of those who may not, and on what is over: they allow nothing. */
import { ADA, Arena, SESSION, STEP_MS, until } from "./arena.ts";
import { BUTTONS } from "../../lib/telegram/buttons.ts";
import type { ChatMessage } from "../sim/bot_api/mod.ts";
import { judged } from "./open.ts";

const BOB = 2;
const MALLORY = 666;
const GROUP = -5;

const allows = (message: ChatMessage) =>
  (message.reply_markup?.inline_keyboard ?? []).flat().filter(({ text }) =>
    /^(Allow|Yes|Use|Start)/.test(text)
  ).flatMap((button) => "callback_data" in button ? [button.callback_data] : []);

Deno.test("attacks: only who asked can allow, once, where it was asked", async () => {
  await using arena = await Arena.make({
    settings: { telegram: { allowed_users: [ADA, BOB] } },
  });
  const { api } = arena.bench;
  api.addUser({ id: BOB, first_name: "Bob" });
  api.addUser({ id: MALLORY, first_name: "Mallory" });
  api.addGroup({ id: GROUP, title: "Homelab" });
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  const effects: string[] = [];
  // Everybody else, everywhere else, with the very data of the open request.
  const request = await arena.request(`TOOL:bash:${arena.touch("first")};;SAY:first is over`);
  const data = allows(request);
  const elsewhere = await arena.bench.say("hello", GROUP);
  for (const each of data) {
    for (const from of [BOB, MALLORY]) {
      for (const chat of [ADA, GROUP, from]) {
        api.press({ from, chat, messageId: request.message_id, data: each });
      }
    }
    api.press({ from: ADA, chat: GROUP, messageId: elsewhere.message_id, data: each });
    api.press({ from: ADA, chat: GROUP, messageId: request.message_id, data: each });
  }
  await arena.status();
  if (arena.ran("first")) effects.push("another one's tap allowed it");
  arena.answer(request, "Deny");
  await arena.bench.hears(/^first is over$/, STEP_MS);
  // Old buttons: of what was denied, of what was allowed, of another request.
  const second = await arena.request(`TOOL:bash:${arena.touch("second")};;SAY:second is over`);
  for (const each of data) {
    api.press({ from: ADA, messageId: request.message_id, data: each });
    api.press({ from: ADA, messageId: second.message_id, data: each });
  }
  await arena.status();
  if (arena.ran("first")) effects.push("an old tap allowed what was denied");
  if (arena.ran("second")) effects.push("an old tap allowed what is asked now");
  arena.answer(second, "Deny");
  await arena.bench.hears(/^second is over$/, STEP_MS);
  // Over a restart: the same ids may come again.
  await arena.restart();
  const third = await arena.request(`TOOL:bash:${arena.touch("third")};;SAY:third is over`);
  for (const each of [...data, ...allows(second)]) {
    for (const { message_id: messageId } of [request, second]) {
      api.press({ from: ADA, messageId, data: each });
    }
  }
  await arena.status();
  if (arena.ran("third")) effects.push("a tap of before the restart allowed it");
  arena.answer(third, "Deny");
  await arena.bench.hears(/^third is over$/, STEP_MS);
  judged("buttons", effects);
});

Deno.test("attacks: a tap that is repeated allows once", async () => {
  await using arena = await Arena.make();
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  const step = "TOOL:bash:echo x >> made-by-taps";
  const request = await arena.request(`${step};;${step};;SAY:over`);
  const [data = ""] = allows(request);
  for (let n = 0; n < 5; n++) {
    arena.bench.api.press({ from: ADA, messageId: request.message_id, data });
  }
  await until(() => arena.asked.length >= 2, STEP_MS);
  await arena.bench.hears(/^over$/, STEP_MS);
  const lines = await Deno.readTextFile(`${arena.cwd}/made-by-taps`);
  judged("repeated taps", lines === "x\n" ? [] : [`it ran ${lines.length / 2} times`]);
});

Deno.test("attacks: whoever guesses the numbers of another's buttons of any kind changes nothing", async () => {
  await using arena = await Arena.make({
    settings: { telegram: { allowed_users: [ADA, BOB] } },
  });
  const { api } = arena.bench;
  api.addUser({ id: BOB, first_name: "Bob" });
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  const request = await arena.request(`TOOL:bash:${arena.touch("guessed")};;SAY:first is over`);
  arena.bench.say("SAY:second is over");
  const own = await arena.bench.say("hello", BOB);
  const guesses = Object.values(BUTTONS).filter((data) => /^[^s]:/.test(data))
    .flatMap((data) => [1, 2, 3].map((guess) => data.replace(/\{\w+\}/g, `${guess}`)));
  for (const data of guesses) {
    const onTheRequest = { from: BOB, messageId: request.message_id, data, chat: ADA };
    await Promise.all([
      api.press({ from: BOB, messageId: own.message_id, data, chat: BOB }).answer,
      api.press(onTheRequest).answer,
    ]);
  }
  const effects = arena.ran("guessed") ? ["a guessed button allowed it"] : [];
  const now = api.messages(ADA).find((each) => each.message_id === request.message_id);
  if (
    JSON.stringify(allows(now!)) !== JSON.stringify(allows(request)) || now!.text !== request.text
  ) {
    effects.push("a guessed button changed the request's message");
  }
  arena.answer(request, "Deny");
  await arena.bench.hears(/^first is over$/, STEP_MS);
  await arena.bench.hears(/^second is over$/, STEP_MS); // Neither dropped nor run by another.
  if (arena.ran("guessed")) effects.push("a guessed button allowed it later");
  judged("guessed buttons", effects);
});
