/** What `/watch` shows works as it stands there. */
import { assert, assertEquals } from "@std/assert";
import type { ClaudeRequest } from "../../../../lib/claude/events.ts";
import { readTimetable } from "../../../../lib/schedule/timetable.ts";
import { EXAMPLES } from "../../../../lib/telegram/features/schedule/watches.ts";
import { mayWatch } from "../../../../lib/app/watch_rights.ts";
import { Chat } from "../../stage.ts";

/** What answers each question, of what every watch may run. */
const ANSWERS: Readonly<Record<string, string>> = {
  "is a container of docker restarting?": "docker ps -a",
  "is a file system more than 90 % full?": "df -h",
};

Deno.test("watch: its examples can be copied, and a watch may look at what they ask", async () => {
  await using chat = await Chat.open("one");
  await chat.write("/watch");
  const shown = chat.lastSaid;
  for (const example of EXAMPLES) {
    assert(shown.includes(example), example);
    const { rest } = readTimetable(example.replace("/watch ", ""));
    const command = ANSWERS[rest.replace(/^\$[\d.]+ /, "")];
    assert(command !== undefined, `Nothing that a watch may look at answers '${rest}'`);
    const ask = { kind: "permission", tool: "Bash", input: { command } } as unknown;
    assert(mayWatch(ask as ClaudeRequest, { paths: [], commands: [] }), command);
  }
  const schedules = [...shown.matchAll(/“([^”]+)”/g)].map(([, schedule]) => schedule!);
  assertEquals(schedules.length, 5);
  for (const schedule of schedules) assertEquals(readTimetable(`${schedule} x`).rest, "x");
});
