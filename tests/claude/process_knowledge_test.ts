import { assertEquals } from "@std/assert";
import { settle } from "../fake_clock.ts";
import { begin } from "./fake_child.ts";

Deno.test("process: it remembers the mode and the tasks that the CLI named last", async () => {
  const { process, child, close } = await begin();
  assertEquals([process.mode, process.tasks], [null, []]);
  const tasks = [{ task_id: "b1", description: "npm test" }];
  child.say(
    { type: "system", subtype: "status", permissionMode: "plan" },
    { type: "system", subtype: "background_tasks_changed", tasks },
    { type: "system", subtype: "status", status: "requesting" },
  );
  await settle();
  assertEquals(process.mode, "plan");
  assertEquals(process.tasks, [{ id: "b1", description: "npm test" }]);
  await close();
});
