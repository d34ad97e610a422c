/** The stand-in `claude` does what the recordings of the real one show, line by line. */

import { assertEquals } from "@std/assert";
import { missingKeys } from "./needed_keys.ts";
import { replay, type ReplayOptions } from "./replay.ts";

/** Runs `fn` with an empty folder that is gone afterwards. */
async function inFolder(fn: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "sim-claude-" });
  try {
    await fn(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Recordings to be matched line by line; `until` is the event to stop before. */
const REPLAYS: readonly [name: string, options?: ReplayOptions][] = [
  ["a1-persistent-basic", { longestPauseMs: 30 }],
  ["a2-end_session-control"],
  ["a2-virgin-stdin-close"],
  ["b-partial-messages"],
  ["c1-permissions", { longestPauseMs: 100, until: eventBefore("TOOL:bash:mkdir twelve") }],
  ["c2-question-and-plan"],
  ["d1-interrupt"],
  ["d2-interrupt-queue", { longestPauseMs: 150 }],
  ["e1-queue-and-steer", { until: eventBefore("4 priority later") }],
  ["f-resume-unknown"],
  ["g-disallowedTools"],
  ["g-dontAsk"],
  ["g-no-prompt-tool-acceptEdits"],
  ["g-no-prompt-tool-default"],
  ["g-unknown-flag"],
  ["g2-slash-commands", { longestPauseMs: 30 }],
  ["h-error-400"],
  ...["401", "402", "403", "404", "429", "500", "529", "credit"].map((
    kind,
  ): [string, ReplayOptions] => [`h-error-${kind}`, { until: eventBefore("SAY:still usable") }]),
  ["h-error-500x1"],
  ["j-CRLF"],
  ["j-JSON-array"],
  ["j-JSON-null"],
  ["j-empty-content"],
  ["j-invalid-JSON"],
  ["j-truncated-JSON"],
  ["j-two-JSON-in-one-line"],
  ["j-unknown-type"],
  ["j-user-role-assistant"],
  ["j-user-without-message"],
  ["j-whitespace-content"],
  ["k-background-task"],
  ["k-parallel-prompts", { longestPauseMs: 30 }],
  ["m-cut-retry"],
  ["p-first-turn-latch"],
  ["r-text-during-prompt", { longestPauseMs: 100 }],
  ["x-elicitation", { longestPauseMs: 100 }],
];

/** Marks where to stop; found when the recording is read. */
function eventBefore(text: string): (event: string) => boolean {
  return (event) => event.includes(text);
}

for (const [name, options] of REPLAYS) {
  Deno.test(`stand-in claude: answers as recorded in ${name}`, () =>
    inFolder(async (dir) => {
      const played = await replay(name, dir, options);
      const cutShort = options?.until !== undefined;
      const { expected, actual } = played;
      assertEquals(cutShort ? actual.slice(0, expected.length) : actual, expected);
      if (!cutShort && played.expectedExitCode !== undefined) {
        assertEquals(played.exitCode, played.expectedExitCode);
      }
      assertEquals(missingKeys(played.recordedLines, played.lines), []);
    }));
}
