import { assertEquals } from "@std/assert";
import { BackgroundTasks } from "../../lib/claude/background_tasks.ts";

const tasksOf = (...descriptions: string[]) => {
  const tasks = new BackgroundTasks();
  tasks.changed(descriptions.map((description) => ({ task_id: `id-${description}`, description })));
  return tasks;
};

Deno.test("background tasks: a turn that nobody asked for reports the task that ended before it", () => {
  const tasks = tasksOf("npm test", "make");
  tasks.finished("id-npm test", "completed", true);
  assertEquals(tasks.turnBegins(false), ["npm test"]);
  assertEquals(tasks.turnBegins(false), []);
});

Deno.test("background tasks: two that end before one turn are both named", () => {
  const tasks = tasksOf("npm test", "make");
  tasks.finished("id-make", "failed", true);
  tasks.finished("id-npm test", "completed", true);
  assertEquals(tasks.turnBegins(false), ["make", "npm test"]);
});

Deno.test("background tasks: what was stopped, or is no background task, has no report", () => {
  const tasks = tasksOf("npm test");
  tasks.finished("id-npm test", "stopped", true);
  tasks.finished("a foreground one", "completed", true);
  tasks.finished(undefined, "completed", true);
  assertEquals(tasks.turnBegins(false), []);
});

Deno.test("background tasks: what ends before a prompt is told with that prompt's answer", () => {
  const tasks = tasksOf("npm test");
  tasks.finished("id-npm test", "completed", true);
  assertEquals(tasks.turnBegins(true), []);
  assertEquals(tasks.turnBegins(false), []);
});

Deno.test("background tasks: one that ended in a turn is named only when no later one did", () => {
  const tasks = tasksOf("early", "late");
  tasks.finished("id-early", "completed", false);
  tasks.finished("id-late", "completed", true);
  assertEquals(tasks.turnBegins(false), ["late"]);
  tasks.finished("id-early", "completed", false);
  assertEquals(tasks.turnBegins(false), ["early"]);
});

Deno.test("background tasks: one without a description is still spoken of", () => {
  const tasks = new BackgroundTasks();
  assertEquals(tasks.changed([{ task_id: "x" }]), [{ id: "x", description: "a background task" }]);
});
