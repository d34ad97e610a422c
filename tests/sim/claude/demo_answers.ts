/** With `SIM_CLAUDE_DEMO=1`: answers to plain words, each of which shows something. */

import type { Block } from "../messages_api/decide.ts";
import { plainStep, type Step, type ToolCall } from "../messages_api/script.ts";
import type { Context } from "./context.ts";
import { CODE, INTRODUCTION, LIST, longAnswer, PLAN, TABLE } from "./demo_texts.ts";

/** Answers one call of the model; `last` is what the tool before it gave back. */
type Scene = (step: number, last: string, prompt: string, ctx: Context) => Step;

const SCENES: readonly [RegExp, Scene][] = [
  [/\bform\b|\bmcp\b/i, fillForm],
  [/\bbackground\b|\blater\b/i, background],
  [/\brun\b|\bexecute\b|\bcommand\b|\bshell\b/i, runCommand],
  [/\bedit\b|\bwrite\b|\bfile\b/i, editFile],
  [/\bask\b|\bquestion\b|\bchoose\b/i, askSomething],
  [/\bplan\b/i, makePlan],
  [/\bresearch\b|\bagent\b/i, research],
  [
    /\bthink\b/i,
    () => ({ ...plainStep("I thought about it: **yes**, that can be done."), thinking: THOUGHT }),
  ],
  [/\blong\b/i, () => plainStep(longAnswer())],
  [/\btable\b/i, () => plainStep(TABLE)],
  [/\bcode\b/i, () => plainStep(CODE)],
  [/\blist\b/i, () => plainStep(LIST)],
  [/\bfail\b|\berror\b/i, () => ({ ...plainStep(""), error: { status: 529, times: Infinity } })],
];

const THOUGHT = "The person wants me to think. I cannot, but I can look as if I did. ".repeat(4);

export function demoStep(
  ctx: Context,
): (prompt: string, step: number, prompts: number) => Step | undefined {
  return (prompt, step, prompts) => {
    if (prompts <= 1 && step === 0) return plainStep(INTRODUCTION);
    const scene = SCENES.find(([pattern]) => pattern.test(prompt))?.[1] ?? smallTalk;
    const answer = scene(step, lastResult(ctx), prompt, ctx);
    // What failed once must not fail for ever when the prompt comes again.
    return { ...answer, source: `demo:${prompts}:${step}` };
  };
}

function withTool(text: string, call: ToolCall): Step {
  return { ...plainStep(text), tools: [call] };
}

function lastResult(ctx: Context): string {
  const last = ctx.conversation.messages.at(-1);
  if (typeof last?.content === "string") return "";
  const result = last?.content.findLast((block: Block) => block.type === "tool_result");
  const content = result?.content ?? "";
  if (typeof content === "string") return content;
  return (content as readonly Block[]).map(({ text }) => text ?? "").join("\n");
}

const DENIED = /^The user denied this(?:: (.*))?/s;

function runCommand(step: number, last: string, prompt: string): Step {
  const denied = step > 0 ? DENIED.exec(last) : null;
  if (denied !== null) {
    const why = denied[1] === undefined ? "." : `:\n\n> ${denied[1].slice(0, 400)}`;
    return plainStep(`All right, I did not run it. You denied it${why}`);
  }
  if (step > 0) {
    return plainStep(`It said:\n\n\`\`\`\n${last.slice(0, 1500)}\n\`\`\`\n\nAnything else?`);
  }
  const command = prompt.match(/`([^`]+)`/)?.[1] ?? "date | tee demo-date.txt";
  return withTool(`I would like to run \`${command}\`.`, {
    name: "Bash",
    input: { command, description: "Run what was asked for" },
  });
}

function background(step: number, last: string): Step {
  const command = "sleep 8 && date > demo-later.txt && cat demo-later.txt";
  if (step === 0) {
    return withTool("I start something that takes a while, and go on talking.", {
      name: "Bash",
      input: { command, description: "A slow command", run_in_background: true },
    });
  }
  if (step === 1) {
    return plainStep(
      last.startsWith("Command running")
        ? "It runs in the background now. **I shall report by myself** when it is done; until then, go on."
        : "All right, then not.",
    );
  }
  return plainStep("🔔 The command in the background is done. Nobody asked, but you should know.");
}

function editFile(step: number, last: string, _prompt: string, ctx: Context): Step {
  const file_path = `${ctx.cwd}/demo-notes.md`;
  if (step === 0) {
    return withTool("First I write a note.", {
      name: "Write",
      input: { file_path, content: "# Notes\n\n- the printer is down\n" },
    });
  }
  if (step === 1 && !/created|updated/.test(last)) {
    return plainStep("All right, nothing was written.");
  }
  if (step === 1) {
    return withTool("Now I correct it.", {
      name: "Edit",
      input: { file_path, old_string: "is down", new_string: "works again" },
    });
  }
  return plainStep("Done: `demo-notes.md` says that **the printer works again**.");
}

function askSomething(step: number, last: string): Step {
  if (step > 0) return plainStep(`Noted.\n\n> ${last.slice(0, 400)}`);
  const options = [
    { label: "Restart it", description: "Turn it off and on again" },
    { label: "Look at the logs", description: "Find out first" },
    { label: "Leave it", description: "It will heal by itself" },
  ];
  const question = "The media server is slow. What shall I do?";
  return withTool("A question first.", {
    name: "AskUserQuestion",
    input: { questions: [{ question, header: "Media server", multiSelect: false, options }] },
  });
}

/** A tool of an MCP server's, which asks the person itself. */
function fillForm(step: number, last: string): Step {
  if (step === 0) {
    return withTool("The NAS's MCP server can do that. It will ask you what it needs.", {
      name: "mcp__nas__mount",
      input: { host: "nas" },
    });
  }
  const accepted = last.includes('"action":"accept"');
  return plainStep(`${accepted ? "Mounted" : "Nothing was mounted"}: \`${last}\``);
}

function makePlan(step: number, last: string): Step {
  if (step === 0) return withTool("Let me plan first.", { name: "EnterPlanMode", input: {} });
  if (step === 1) return withTool("", { name: "ExitPlanMode", input: { plan: PLAN } });
  return plainStep(
    last.includes("approved")
      ? "The plan is approved, and I am already done: there was nothing to do."
      : `I shall think again about this:\n\n> ${last.slice(0, 400)}`,
  );
}

function research(step: number): Step {
  if (step > 0) return plainStep("My assistant came back with a report: **all is well**.");
  return withTool("I send somebody to look.", {
    name: "Agent",
    input: {
      description: "Look around",
      prompt: "TTFT:1500 TOOL:bash:ls;;TTFT:1500 SAY:all is well",
      subagent_type: "general-purpose",
      run_in_background: false,
    },
  });
}

function smallTalk(_step: number, _last: string, prompt: string): Step {
  const words = prompt.split(/\s+/).filter(Boolean).length;
  return plainStep(
    `You wrote ${words} word${words === 1 ? "" : "s"}: *${
      prompt.slice(0, 200)
    }*\n\nI am only a stand-in, so that is all I understand. Try **run \`date\`**, **a table**, **ask**, **plan** or **something long**.`,
  );
}
