import { assertEquals, assertMatch } from "@std/assert";
import { Chat } from "../../stage.ts";

const ID = "11111111-1111-4111-8111-111111111111";

Deno.test("/repair: an id that can still be read in the damaged file is the conversation's", async () => {
  await using chat = await Chat.open("den");
  await chat.sessions.update("den", { claude_session_id: ID });
  chat.journal.sessions.remove("den");
  await Deno.writeTextFile(chat.home.path("sessions/den/metadata.json"), `{ "x": "${ID}" `);
  await chat.write("/repair den");
  assertMatch(chat.said.at(-1)!, /Its conversation goes on/);
  assertEquals((await chat.sessions.get("den")).claude_session_id, ID);
});

Deno.test("/repair: a copied session is told that its conversation is its original's", async () => {
  await using chat = await Chat.open("den");
  await chat.sessions.update("den", { claude_session_id: ID });
  await chat.sessions.create("copy");
  const [from, to] = ["den", "copy"].map((name) =>
    chat.home.path(`sessions/${name}/metadata.json`)
  );
  await Deno.copyFile(from!, to!);
  chat.journal.sessions.remove("copy");
  await chat.write("/repair copy");
  assertMatch(chat.said.at(-1)!, /copy of den: the next message begins a conversation of its own/);
  assertEquals((await chat.sessions.get("copy")).claude_session_ids, []);
});
