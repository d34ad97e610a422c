import { assertEquals, assertThrows } from "@std/assert";
import { configure, reset } from "@logtape/logtape";
import { GrammyError, HttpError } from "grammy";
import { type Incident, PollHealth, TokenError } from "../../../lib/telegram/api/poll_health.ts";
import { type FakeClock, fakeClock } from "../../fake_clock.ts";

const says = (code: number, description: string, retryAfter?: number) =>
  new GrammyError(
    "x",
    {
      ok: false,
      error_code: code,
      description,
      ...(retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } }),
    },
    "getUpdates",
    {},
  );
const broken = (words: string) => new HttpError("x", new Error(words));
const conflict = says(409, "Conflict: terminated by other getUpdates request");
const webhook = says(409, "Conflict: can't use getUpdates method while webhook is active");
const unauthorized = says(401, "Unauthorized");

class Stage {
  readonly clock: FakeClock = fakeClock(1_000_000);
  readonly incidents: (Incident | null)[] = [];
  readonly health = new PollHealth(this.clock, (incident) => void this.incidents.push(incident));

  /** The pauses after so many failures, in seconds. */
  fail(error: unknown, times: number): number[] {
    return Array.from({ length: times }, () => this.health.failed(error) / 1000);
  }
}

const WORDS: readonly (readonly [string, Error, string])[] = [
  ["a server error", says(502, "Bad Gateway"), "502 Bad Gateway"],
  [
    "a name that is not known",
    broken(
      "error sending request for url (https://api.telegram.org/bot1:SECRET/getUpdates): client error (Connect): dns error: no such host",
    ),
    "error sending request: client error (Connect): dns error: no such host",
  ],
  [
    "a reset",
    broken(
      "error sending request from 10.0.0.1:4 for https://x.org/bot1:SECRET/getUpdates (10.0.0.2:443): client error (SendRequest): connection closed",
    ),
    "error sending request: client error (SendRequest): connection closed",
  ],
  ["garbage", broken("Unexpected token '<'"), "Unexpected token '<'"],
  ["a refused token", unauthorized, "401 Unauthorized"],
  ["a 429", says(429, "Too Many Requests", 9), "Telegram asks for a pause"],
  ["a refusal", says(400, "Bad Request: x"), "400 Bad Request: x"],
];

for (const [what, error, words] of WORDS) {
  Deno.test(`poll health: ${what} is told as '${words}', without the token`, () => {
    const { health } = new Stage();
    health.failed(error);
    assertEquals([health.trouble, health.failures], [words, 1]);
  });
}

Deno.test("poll health: an answer ends the row of failures, and says when it came", async () => {
  const { health, clock } = new Stage();
  health.failed(broken("x"));
  await clock.advance(5_000);
  health.completed();
  assertEquals([health.failures, health.trouble, health.lastCompletedAt], [0, null, 1_005_000]);
  assertEquals(health.failed(broken("x")), 1_000);
});

Deno.test("poll health: pauses grow to half a minute; among two programs to one", () => {
  assertEquals(new Stage().fail(broken("x"), 8), [1, 2, 5, 10, 20, 30, 30, 30]);
  assertEquals(new Stage().fail(conflict, 8), [1, 2, 5, 15, 30, 60, 60, 60]);
  assertEquals(new Stage().fail(webhook, 2), [60, 60]);
  assertEquals(new Stage().fail(says(429, "x", 25), 2), [25, 25]);
});

Deno.test("poll health: one conflict may be a farewell; the second is told, once", () => {
  const stage = new Stage();
  stage.fail(conflict, 1);
  assertEquals(stage.incidents, []);
  stage.fail(conflict, 5);
  assertEquals(stage.incidents, ["conflict"]);
});

Deno.test("poll health: polls that come through between conflicts neither end the incident nor its pauses", async () => {
  const stage = new Stage();
  const pauses: number[] = [];
  for (let round = 0; round < 7; round++) {
    pauses.push(...stage.fail(conflict, 1));
    await stage.clock.advance(60_000);
    stage.health.completed();
  }
  assertEquals([pauses, stage.incidents], [[1, 2, 5, 15, 30, 60, 60], ["conflict"]]);
});

Deno.test("poll health: a conflict is over after five quiet minutes, and a later one is told anew", async () => {
  const stage = new Stage();
  stage.fail(conflict, 2);
  await stage.clock.advance(299_000);
  stage.health.completed();
  assertEquals(stage.incidents, ["conflict"]);
  await stage.clock.advance(1_000);
  stage.health.completed();
  stage.health.completed();
  assertEquals(stage.incidents, ["conflict", null]);
  assertEquals(stage.fail(conflict, 2), [1, 2]);
  assertEquals(stage.incidents, ["conflict", null, "conflict"]);
});

Deno.test("poll health: a token is given up when it was refused five times in a row", () => {
  const stage = new Stage();
  stage.fail(unauthorized, 4);
  stage.health.completed(); // A proxy's mood.
  stage.fail(unauthorized, 4);
  assertThrows(() => stage.health.failed(unauthorized), TokenError);
});

Deno.test("poll health: news that cannot be told do not stop the polls", () => {
  const health = new PollHealth(fakeClock(), () => {
    throw new Error("The disk is full");
  });
  assertEquals(health.failed(webhook), 60_000);
});

Deno.test("poll health: news that could not be told are told with the next try, once", () => {
  const told: (Incident | null)[] = [];
  let full = true;
  const health = new PollHealth(fakeClock(), (incident) => {
    if (full) throw new Error("The disk is full");
    told.push(incident);
  });
  health.failed(webhook);
  full = false;
  for (let n = 0; n < 2; n++) health.failed(webhook);
  full = true;
  health.completed();
  full = false;
  for (let n = 0; n < 2; n++) health.completed();
  assertEquals(told, ["webhook", null]);
});

Deno.test("poll health: what changes is logged once, not with every try, through a conflict too", async () => {
  const lines: string[] = [];
  await configure({
    reset: true,
    sinks: {
      lines: ({ category, message }) => {
        if (category[0] !== "logtape") lines.push(message.join(""));
      },
    },
    loggers: [
      { category: [], sinks: ["lines"], lowestLevel: "info" },
      { category: "logtape", lowestLevel: "error" },
    ],
  });
  try {
    const { health, clock } = new Stage();
    for (const error of [broken("x"), broken("x"), broken("y")]) health.failed(error);
    health.completed();
    for (let round = 0; round < 5; round++) {
      health.failed(conflict);
      await clock.advance(60_000);
      health.completed();
    }
    await clock.advance(300_000);
    health.completed();
    health.completed();
  } finally {
    await reset();
  }
  const another = "another program polls with the same token. Is a second Switchboard running?";
  assertEquals(lines, [
    "Cannot poll Telegram: x",
    "Cannot poll Telegram: y",
    "Polling works again, after 0 s",
    `Cannot poll Telegram: ${another}`,
    "Polling works again, after 600 s",
  ]);
});
