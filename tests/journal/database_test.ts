import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../lib/journal/database.ts";

function things(): Database {
  const db = new Database(new DatabaseSync(":memory:"));
  db.exec("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT");
  return db;
}

Deno.test("database: a change says how many rows it changed, an insertion the row's id", () => {
  const db = things();
  const insert = db.insert("INSERT INTO things (name) VALUES (?)");
  assertEquals(["a", "b", "c"].map((name) => insert(name)), [1, 2, 3]);
  const rename = db.change("UPDATE things SET name = name || :end WHERE id > :id");
  assertEquals([rename({ end: "!", id: 1 }), rename({ end: "!", id: 9 })], [2, 0]);
  const names = db.query("SELECT * FROM things", ({ name }: { name: string }) => name);
  assertEquals([names.first(), names.all()], ["a", ["a", "b!", "c!"]]);
  db.close();
});

Deno.test("database: what throws within a transaction leaves nothing, and is thrown on", () => {
  const db = things();
  const insert = db.insert("INSERT INTO things (name) VALUES (?)");
  const stop = new Error("stop");
  const change = () => {
    insert("a");
    throw stop;
  };
  assertEquals(assertThrows(() => db.transaction(change)), stop);
  assertEquals(db.query("SELECT * FROM things").all(), []);
  assertEquals(db.transaction(() => insert("a")), 1);
  db.close();
});

Deno.test("database: who watches last hears once of each thing that SQLite refuses", () => {
  const db = things();
  const heard: string[] = [];
  db.watch(() => heard.push("the first"));
  db.watch((error) => heard.push((error as Error).message));
  const insert = db.insert("INSERT INTO things (name) VALUES (?)");
  db.transaction(() => insert("a"));
  assertEquals(heard, []);
  assertThrows(() => db.transaction(() => insert("a")));
  assertThrows(() => db.exec("DROP TABLE elsewhere"));
  assertEquals(heard, ["UNIQUE constraint failed: things.name", "no such table: elsewhere"]);
  db.close();
});
