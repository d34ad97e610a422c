import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { openJournal } from "../../lib/journal/mod.ts";
import { SCHEMA, SCHEMA_VERSION } from "../../lib/journal/schema.ts";

const fixture = (name: string) =>
  Deno.readTextFileSync(new URL(`../fixtures/journal/${name}`, import.meta.url));

/** The first two versions; both were numbered 1. */
const V1 = `${fixture("v1.sql")} PRAGMA user_version = 1;`;
const V2 = `${fixture("v2.sql")} PRAGMA user_version = 1;`;
const V3 = `${fixture("v3.sql")} PRAGMA user_version = 3;`;

/** What an earlier version left: messages, a job that waits, an answer, a prompt, a ban. */
const LEFT = `
INSERT INTO updates (update_id, kind, chat, user_id, payload, received_at) VALUES
  (900, 'prompt', 1, 1, '{"n":1}', 10), (20, 'prompt', 1, 1, '{"n":2}', 11),
  (21, 'prompt', 1, 1, '{"n":3}', 11);
INSERT INTO jobs (session, chat, user_id, message_id, text, created_at)
  VALUES ('den', 1, 1, 5, 'still to be done', 12);
INSERT INTO jobs (session, chat, user_id, text, state, prompt_id, created_at, submitted_at)
  VALUES ('den', 1, 1, 'was running', 'submitted', 'p1', 12, 13);
INSERT INTO pieces VALUES (1, 1, 5, '', 'still to be done');
INSERT INTO deliveries (chat, priority, method, payload, created_at)
  VALUES (1, 0, 'sendMessage', '{"text":"an answer"}', 14);
INSERT INTO prompts (request_id, session, chat, user_id, summary, ask, delivery, created_at)
  VALUES ('r', 'den', 1, 1, '', '{}', 1, 15);
INSERT INTO silences VALUES (1, unixepoch() * 1000 + 3600000), (2, 5);
INSERT INTO status_messages VALUES (1, 77);
INSERT INTO conversation_ids VALUES ('den', 'c');
INSERT INTO facts VALUES ('mark', 'm');
`;

async function withJournal(sql: string, test: (path: string) => void): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-journal-" });
  try {
    const path = join(dir, "journal.db");
    on(path, (db) => db.exec(sql));
    test(path);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function on<T>(path: string, look: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return look(db);
  } finally {
    db.close();
  }
}

/** Every index, and every table with its columns sorted: those that were added stand last. */
function schemaOf(db: DatabaseSync): Record<string, unknown> {
  const rows = db.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
  return Object.fromEntries(rows.map(({ type, name, sql }) => {
    const plain = `${sql}`.replace(/--.*$/gm, "").replaceAll('"', "").replace(/\s+/g, " ");
    if (type !== "table") return [name, plain];
    const [first, last] = [plain.indexOf("("), plain.lastIndexOf(")")];
    // No comma within brackets ends a column.
    const columns = plain.slice(first + 1, last).split(/,(?![^(]*\))/).map((each) => each.trim());
    return [name, [plain.slice(0, first).trim(), columns.sort(), plain.slice(last)]];
  }));
}

for (const [version, sql] of [[1, V1], [2, V2], [3, V3]] as const) {
  Deno.test(`migrations: a journal of version ${version} gets the schema of a new one`, async () => {
    const look = (db: DatabaseSync) => [schemaOf(db), db.prepare("PRAGMA user_version").get()];
    const fresh = on(":memory:", (db) => {
      db.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`);
      return look(db);
    });
    await withJournal(sql, (path) => {
      openJournal(path).close();
      assertEquals(on(path, look), fresh);
    });
  });
}

Deno.test("migrations: what waited in a journal of version 1 goes on", async () => {
  await withJournal(V1 + LEFT, (path) => {
    using journal = openJournal(path);
    assertEquals(on(path, (db) => db.prepare("PRAGMA foreign_key_check").all()), []);
    const { updates, jobs, deliveries, requests, pieces } = journal;
    assertEquals(updates.unrouted().map(({ id }) => id), [900, 20, 21]);
    assertEquals(jobs.waiting("den").map(({ text }) => text), ["still to be done"]);
    assertEquals(jobs.submitted().map(({ text }) => text), ["was running"]);
    assertEquals(pieces.jobOf(1, 5), 1);
    assertEquals(deliveries.next(1)?.payload, { text: "an answer" });
    assertEquals(requests.open().map(({ requestId }) => requestId), ["r"]);
    assertEquals(journal.statusMessages.all().map(({ messageId }) => messageId), [77]);
    assertEquals([journal.sessions.noted("den"), journal.sessions.names()], ["c", []]);
    assertEquals(journal.fact("mark", () => "another"), "m");
    const left = deliveries.silentFor(1, Date.now());
    assertEquals([left > 3_500_000 && left <= 3_601_000, deliveries.silenced(2)], [
      true,
      undefined,
    ]);
    jobs.submit([1], "p2", 20);
    jobs.done([1], "answered", 21);
    assertEquals(jobs.progress("den", 0), "kept");
  });
});

Deno.test("migrations: what version 3 knew of alerts by name is known, and can be muted", async () => {
  const thing = (name: string) =>
    JSON.stringify({ probe: "beszel", title: "Beszel", name, told: "bad", mutedUntil: 0 });
  const lines = JSON.stringify([{ probe: "beszel", title: "Beszel", name: "nas" }]);
  const v3 = `${V3}
    INSERT INTO alerts VALUES ('beszel', 'nas', 'bad', 'bad', 1, '', '${thing("nas")}'),
      ('beszel', 'Beszel', 'bad', 'bad', 1, '', '${thing("Beszel")}');
    INSERT INTO alert_tellings VALUES (1, 1, '${lines}');`;
  await withJournal(v3, (path) => {
    using journal = openJournal(path);
    journal.alerts.mute(1, 99);
    assertEquals(
      journal.alerts.things().map((
        { id, name, service, down, mutedUntil },
      ) => [id, name, service, down, mutedUntil]),
      [[null, "Beszel", true, false, 0], [null, "nas", false, false, 99]],
    );
  });
});

Deno.test("migrations: one that fails in the middle leaves the journal as it was", async () => {
  await withJournal(`${V1} CREATE TABLE watches (x)`, (path) => {
    const before = on(path, schemaOf);
    assertThrows(() => openJournal(path), Error, path);
    assertEquals(on(path, schemaOf), before);
  });
});
