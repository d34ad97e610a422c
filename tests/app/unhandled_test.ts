import { assertEquals, assertMatch } from "@std/assert";
import { outliveUnhandled } from "../../lib/app/unhandled.ts";

/** @returns whether Deno would end over it. */
function strike(event: Event): boolean {
  return globalThis.dispatchEvent(event);
}

const inTimer = () => new ErrorEvent("error", { error: new Error("in a timer"), cancelable: true });
const inPromise = () => {
  const promise = Promise.resolve();
  const reason = new Error("in a promise");
  return new PromiseRejectionEvent("unhandledrejection", { promise, reason, cancelable: true });
};

Deno.test("faults: what nobody handled ends nothing, and is told to the operator", () => {
  const words: string[] = [];
  {
    using _unhandled = outliveUnhandled((each) => words.push(each), ["in a promise"]);
    assertEquals([strike(inTimer()), strike(inPromise())], [false, false]);
  }
  assertEquals(words.length, 2);
  assertMatch(words[0]!, /nobody handled: Error: in a timer\n +at /);
  assertMatch(words[1]!, /\[redacted\]/);
});

Deno.test("faults: afterwards Deno is as it was", () => {
  outliveUnhandled(() => {}, [])[Symbol.dispose]();
  const silenced = (event: Event) => event.stopImmediatePropagation();
  globalThis.addEventListener("error", silenced);
  assertEquals(strike(inTimer()), true);
  globalThis.removeEventListener("error", silenced);
});
