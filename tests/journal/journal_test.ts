import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { type Journal, JournalError, openJournal } from "../../lib/journal/mod.ts";
import { aDelivery, aJob, anUpdate } from "./fixture.ts";

async function withFile(test: (path: string) => void): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-journal-" });
  try {
    test(join(dir, "journal.db"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Looks into the file beside the journal. */
function query(path: string, sql: string): unknown[] {
  const db = new DatabaseSync(path);
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

function run(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

Deno.test("journal: a transaction that throws leaves nothing of what it did", () => {
  using journal = openJournal(":memory:");
  assertThrows(
    () =>
      journal.transaction(() => {
        journal.jobs.add(aJob(), 1);
        journal.updates.record(anUpdate(1));
        journal.deliveries.add([aDelivery("a"), aDelivery("b")], 1);
        throw new RangeError("in the middle");
      }),
    RangeError,
    "in the middle",
  );
  assertEquals(journal.jobs.waiting("s"), []);
  assertEquals(journal.updates.unrouted(), []);
  assertEquals(journal.deliveries.chats(), []);
});

Deno.test("journal: a transaction gives what its change gives, and the next one works", () => {
  using journal = openJournal(":memory:");
  assertThrows(() =>
    journal.transaction(() => {
      throw new Error("no");
    })
  );
  assertEquals(journal.transaction(() => journal.jobs.add(aJob(), 1)), 1);
  assertEquals(journal.jobs.waiting("s").length, 1);
});

Deno.test("journal: a transaction in a transaction throws, and the outer one is taken back", () => {
  using journal = openJournal(":memory:");
  assertThrows(() =>
    journal.transaction(() => {
      journal.jobs.add(aJob(), 1);
      journal.transaction(() => {});
    })
  );
  assertEquals(journal.jobs.waiting("s"), []);
});

Deno.test("journal: a failure that ended the transaction already keeps its own words", async () => {
  await withFile((path) => {
    using journal = openJournal(path);
    // As SQLite does by itself when the disk is full.
    run(
      path,
      "CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END",
    );
    assertThrows(
      () => journal.transaction(() => journal.jobs.add(aJob(), 1)),
      Error,
      "the disk is full",
    );
    run(path, "DROP TRIGGER full");
    journal.transaction(() => journal.jobs.add(aJob(), 1));
  });
});

Deno.test("journal: everything is there after it was closed and opened again", async () => {
  await withFile((path) => {
    const filled = fill(path);
    using journal = openJournal(path);
    assertEquals(look(journal), filled);
  });
});

function fill(path: string) {
  using journal = openJournal(path);
  journal.updates.record(anUpdate(1));
  journal.updates.record(anUpdate(2, { place: { chat: -5, thread: 7 } }));
  journal.updates.hold(2);
  journal.jobs.add(aJob({ place: { chat: 1, thread: 3 }, text: "ä 😀 'quoted'" }), 1);
  const job = journal.jobs.add(aJob(), 2);
  journal.jobs.submit([job], "p", 3);
  const [delivery] = journal.deliveries.add([aDelivery("x", { subject: "p" })], 4);
  const request = {
    requestId: "r",
    session: "s",
    place: { chat: 1 },
    user: 1,
    summary: "",
    request: {},
  };
  journal.requests.shownBy(journal.requests.add(request, 5), delivery!);
  journal.deliveries.sent(delivery!, 77, 5);
  journal.deliveries.add([aDelivery("y")], 5);
  journal.statusMessages.add(1, 9);
  journal.firstContact(66, 6);
  journal.fact("mark", () => "m");
  return look(journal);
}

function look(journal: Journal) {
  return {
    unrouted: journal.updates.unrouted(),
    held: journal.updates.held({ chat: -5, thread: 7 }, 1),
    waiting: journal.jobs.waiting("s"),
    submitted: journal.jobs.submitted(),
    sent: journal.deliveries.get(1),
    next: journal.deliveries.next(1),
    requests: journal.requests.open(),
    status: journal.statusMessages.all(),
    stranger: journal.firstContact(66, 7),
    mark: journal.fact("mark", () => "another"),
  };
}

Deno.test("journal: a file of a newer version is refused, by name, and not touched", async () => {
  await withFile((path) => {
    openJournal(path).close();
    run(path, "PRAGMA user_version = 99");
    const error = assertThrows(() => openJournal(path), JournalError);
    assertStringIncludes(error.message, path);
    assertStringIncludes(error.message, "newer");
    assertEquals(query(path, "PRAGMA user_version"), [{ user_version: 99 }]);
  });
});

Deno.test("journal: a file that is no database is refused by name", async () => {
  await withFile((path) => {
    Deno.writeTextFileSync(path, "These are notes, not a database. ".repeat(100));
    const error = assertThrows(() => openJournal(path), JournalError);
    assertStringIncludes(error.message, path);
  });
});

Deno.test("journal: a directory that is not there is a JournalError too", async () => {
  await withFile((path) => {
    const error = assertThrows(() => openJournal(join(path, "deeper.db")), JournalError);
    assertStringIncludes(error.message, "deeper.db");
  });
});

Deno.test("journal: closing it twice is as good as once", () => {
  const journal = openJournal(":memory:");
  journal.close();
  journal.close();
});

Deno.test("journal: it is a write-ahead log, so that others may read beside it", async () => {
  await withFile((path) => {
    using _ = openJournal(path);
    assertEquals(query(path, "PRAGMA journal_mode"), [{ journal_mode: "wal" }]);
  });
});

Deno.test("journal: a fact is made once", () => {
  using journal = openJournal(":memory:");
  let made = 0;
  const make = () => `mark ${++made}`;
  assertEquals([journal.fact("mark", make), journal.fact("mark", make), made], [
    "mark 1",
    "mark 1",
    1,
  ]);
});

Deno.test("journal: only the first contact of a stranger is one", () => {
  using journal = openJournal(":memory:");
  assertEquals([5, 5, 6, 5].map((user) => journal.firstContact(user, 1)), [
    true,
    false,
    true,
    false,
  ]);
});

Deno.test("journal: usage is a row that sqlite3 can read", async () => {
  await withFile((path) => {
    using journal = openJournal(path);
    journal.spending.add({
      session: "s",
      models: [{ model: "opus", costUsd: 0.25, inputTokens: 3, outputTokens: 4 }],
      costUsd: 0.25,
      inputTokens: 3,
      outputTokens: 4,
      durationMs: 5,
    }, 100);
    const [row] = query(
      path,
      `SELECT session, model, usage.cost_usd, at FROM usage
       JOIN usage_models ON usage_models.usage = usage.id`,
    ) as [object];
    assertEquals({ ...row }, { session: "s", model: "opus", cost_usd: 0.25, at: 100 });
  });
});

Deno.test("journal: status messages on display are remembered until they are gone", () => {
  using journal = openJournal(":memory:");
  journal.statusMessages.add(1, 5);
  journal.statusMessages.add(1, 5);
  journal.statusMessages.add(2, 6);
  journal.statusMessages.remove(1, 5);
  assertEquals(journal.statusMessages.all().map((row) => ({ ...row })), [
    { chat: 2, messageId: 6, cancelled: false },
  ]);
});
