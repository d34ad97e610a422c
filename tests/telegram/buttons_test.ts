import { assert, assertEquals } from "@std/assert";
import {
  type Action,
  button,
  BUTTONS,
  byKey,
  decode,
  encode,
  keyboard,
  keyOf,
  shortText,
} from "../../lib/telegram/buttons.ts";

const TURN = "6f1c0f1e-5a57-4a1c-8a66-4f5f0c9d3b11";
const NAME = "x".repeat(50);
const MANY = 999_999_999_999;
const KEY = "0123456789ab";
const SETTING = { sessionKey: KEY, user: 7_000_000_000, value: "ba9876543210" } as const;
const only = (text: string) => shortText(text)!;

/** The data of buttons as they are in chats, of every kind, and what they say. */
const IN_CHATS: readonly (readonly [data: string, action: Action])[] = [
  ["s:a", { do: "session.switch", session: "a" }],
  [`s:${NAME}`, { do: "session.switch", session: NAME }],
  ["d", { do: "session.make-default" }],
  [`z:${NAME}:mwp9ltn70`, { do: "archive.make", session: NAME, made: "mwp9ltn70" }],
  [`k:${NAME}`, { do: "archive.keep", session: NAME }],
  ["r:0123456789abcdef01234567", { do: "archive.restore", archive: "0123456789abcdef01234567" }],
  [`x:${TURN}`, { do: "turn.stop", turn: TURN }],
  ["a:7", { do: "turn.again", job: 7 }],
  ["c:8", { do: "turn.continue", job: 8 }],
  ["m:9", { do: "turn.dismiss", job: 9 }],
  ["l:f1", { do: "lifecycle.afresh", job: 1 }],
  ["l:t2", { do: "lifecycle.try", job: 2 }],
  [`l:e${TURN}`, { do: "lifecycle.end", turn: TURN }],
  ["p:1:y", { do: "request.allow", request: 1 }],
  [`p:${MANY}:n`, { do: "request.deny", request: MANY }],
  ["p:1:w", { do: "request.why", request: 1 }],
  ["p:1:s", { do: "request.consider", request: 1 }],
  ["p:1:f", { do: "request.grant", request: 1 }],
  ["p:1:u", { do: "request.unconsider", request: 1 }],
  ["p:1:g", { do: "request.start", request: 1 }],
  ["p:1:e", { do: "request.start-edits", request: 1 }],
  ["p:1:k", { do: "request.revise", request: 1 }],
  [`p:${MANY}:o3.12`, { do: "request.pick", request: MANY, question: 3, option: 12 }],
  ["p:2:d0", { do: "request.done", request: 2, question: 0 }],
  ["p:2:b1", { do: "request.back", request: 2, question: 1 }],
  ["p:2:p4", { do: "request.skip", request: 2, question: 4 }],
  ["p:2:t", { do: "request.write", request: 2 }],
  ["p:2:x", { do: "request.decline", request: 2 }],
  ["p:2:c", { do: "request.dismiss", request: 2 }],
  ["g:e12", { do: "grant.end", grant: 12 }],
  ["q:c1", { do: "queue.cancel", job: 1 }],
  [`q:n${MANY}`, { do: "queue.now", job: MANY }],
  ["q:e3", { do: "queue.rerun", job: 3 }],
  ["q:l4", { do: "queue.later", job: 4 }],
  ["q:w5.6", { do: "queue.say", job: 5, request: 6 }],
  ["q:y5.6", { do: "queue.yes", job: 5, request: 6 }],
  ["q:o5.6", { do: "queue.no", job: 5, request: 6 }],
  [`q:s${MANY}.${TURN}`, { do: "queue.stop", last: MANY, turn: TURN }],
  [`q:r${MANY}`, { do: "queue.release", stop: MANY }],
  ["q:d1", { do: "queue.drop", stop: 1 }],
  ["v:r:1", { do: "budget.run", job: 1 }],
  ["v:n:1", { do: "budget.drop", job: 1 }],
  [`v:p:${KEY}:7000000000:ba9876543210`, { do: "setting.choose", setting: "persona", ...SETTING }],
  [`v:m:${KEY}:7000000000:ba9876543210`, { do: "setting.choose", setting: "model", ...SETTING }],
  [`v:e:${KEY}:7000000000:ba9876543210`, { do: "setting.choose", setting: "effort", ...SETTING }],
  [`v:t:${KEY}:7000000000:ba9876543210`, { do: "setting.choose", setting: "timeout", ...SETTING }],
  [`v:o!:${KEY}:7000000000:ba9876543210`, { do: "setting.confirm", setting: "mode", ...SETTING }],
  ["v:l:7000000000", { do: "setting.leave-mode", user: 7_000_000_000 }],
  [`v:k:${KEY}:7:${KEY}`, { do: "task.stop", sessionKey: KEY, user: 7, task: KEY }],
  ["e:u1", { do: "offer.use", offer: 1 }],
  ["e:k1", { do: "offer.keep", offer: 1 }],
  ["u:u1", { do: "trust.use", offer: 1 }],
  ["u:m2", { do: "trust.more", offer: 2 }],
  ["u:i3", { do: "trust.ignore", offer: 3 }],
  ["u:s4", { do: "trust.show", offer: 4 }],
  ["h:rp", { do: "report.refresh", probe: "pbs", only: only("") }],
  ["h:rinas.lan 10.0.0.1:22", {
    ...{ do: "report.refresh", probe: "ping" },
    only: only("nas.lan 10.0.0.1:22"),
  }],
  ["h:rzmgmt (LXC)\n🏠", {
    ...{ do: "report.refresh", probe: "beszel" },
    only: only("mgmt (LXC)\n🏠"),
  }],
  ["h:ab", { do: "report.ask", probe: "backups" }],
  ["h:av", { do: "report.ask", probe: "pve" }],
  ["h:ak", { do: "report.ask", probe: "kuma" }],
  ["t:a1", { do: "alert.ask", alert: 1 }],
  ["t:h22", { do: "alert.hour", alert: 22 }],
  ["t:d333", { do: "alert.day", alert: 333 }],
  ["t:c4", { do: "finding.continue", finding: 4 }],
  ["t:p5", { do: "watch.pause", watch: 5 }],
  ["t:r6", { do: "watch.resume", watch: 6 }],
  ["t:x999999999999999", { do: "watch.remove", watch: 999_999_999_999_999 }],
];

for (const [data, action] of IN_CHATS) {
  Deno.test(`buttons: '${data.slice(0, 60)}' is ${action.do}, there and back`, () => {
    assertEquals(encode(action), data);
    assertEquals(decode(data), action);
    assert(new TextEncoder().encode(data).length <= 64, data);
  });
}

Deno.test("buttons: every one there is has an example of its data", () => {
  const shown = new Set(IN_CHATS.map(([, action]) => action.do));
  assertEquals(Object.keys(BUTTONS).filter((name) => !shown.has(name as Action["do"])), []);
});

const NOTHING_OF_OURS = [
  ...["", "d:", "D", "s:", "s:a b", "s:a/b", "z:den", "z::1", "k:", "r:xyz"],
  ...["q:1", "q:s1", "q:w1", "q:w1.x", "q:c1.2", "q:x1"],
  ...["p:", "p:1", "p:1:", "p:1:q", "p:1e3:y", "p:-1:y", "p:1.5:y", "p: 1:y", "p:1:y\n"],
  ...["p:1:o", "p:1:o1", "p:1:o1.1234", "p:1:d1.2", "p:1:y1", "p:1:constructor"],
  ...["a: 1", "a:1234567890123456", "a:9".repeat(30), "l:f", "l:fx", "l:x1", "t:z1", "t:", "g:1"],
  ...["h:", "h:r", "h:rx", "h:x", "h:zz", "h:ap1", "e:x1", "u:u", "u:u1:2", "__proto__"],
  ...["v:", "v:r:-1", "v:r:1:2", "v:q:1", `v:p:${KEY}:1:xyz`, `v:x:${KEY}:1:${KEY}`],
];

for (const data of NOTHING_OF_OURS) {
  Deno.test(`buttons: ${JSON.stringify(data.slice(0, 30))} is nothing that we wrote`, () => {
    assertEquals(decode(data), null);
  });
}

Deno.test("buttons: what is changed by a letter or two is another button of ours, or nothing", () => {
  const letters = "abcdehlpqrstuvxyz0189:.!-_ \n";
  for (const [data] of IN_CHATS) {
    for (let at = 0; at <= data.length; at++) {
      for (const letter of letters) {
        const changed = data.slice(0, at) + letter + data.slice(at + 1);
        const action = decode(changed);
        // Numbers may begin with zeros.
        if (action === null || /(^|\D)0+\d/.test(changed)) continue;
        assertEquals(encode(action), changed);
      }
    }
  }
});

Deno.test("buttons: a text is for a button as long as it fits in bytes", () => {
  assertEquals(shortText("x".repeat(60)), "x".repeat(60));
  assertEquals(shortText("x".repeat(61)), null);
  assertEquals(shortText("🏠".repeat(15)), "🏠".repeat(15));
  assertEquals(shortText("🏠".repeat(15) + "x"), null);
});

Deno.test("buttons: a key finds what it was made of, at either length", async () => {
  const names = ["den", "lab", "x".repeat(300)];
  for (const name of names) {
    assertEquals(await byKey(names, (each) => each, await keyOf(name)), name);
    assertEquals(await byKey(names, (each) => each, await keyOf(name, 12)), name);
  }
  assertEquals(await byKey(names, (each) => each, await keyOf("another")), undefined);
});

Deno.test("buttons: a keyboard has no empty rows", () => {
  const stop = button("Stop", { do: "turn.stop", turn: "t" });
  assertEquals(keyboard([], [stop], []), { reply_markup: { inline_keyboard: [[stop]] } });
});
