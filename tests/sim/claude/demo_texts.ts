/** What the demo says, in Markdown that shows what the chat can do. */

export const INTRODUCTION = `# 👋 This is a stand-in, not the real Claude

I am a **small program that pretends**: no account, no network, no tokens. I speak the same protocol as the real \`claude\` command, so everything around me is real: the queue, the buttons, the streaming, the sessions.

## Try saying

- **run a command** – it *asks for permission* first. *Allow from now on…* shows what exactly that would allow; /allowed takes it back
- **edit a file** – writes a note and changes it
- **ask me something** – a question with buttons, or your own words
- **fill in a form** – what an MCP server asks, field by field
- **make a plan** – a plan to approve or to send back
- **a list**, **a table**, **some code**, **something long** – formatting and splitting
- **think** about something, or **research** it – a thinking block, a subagent
- **background** – a command that reports back later, by itself
- **fail** – an error of the API

> While I answer, send another message: it waits, or joins in. Or press *Stop*. While a request is open, write “no, look first” or “yes”: you are asked what is to become of it. Or leave the request alone: it is parked after a while.

## Or write the answer yourself

| you write | I do |
| --- | --- |
| \`SAY:hello\` | say it |
| \`SLOW:100 LONG:2000\` | stream 2000 characters slowly |
| \`TOOL:bash:touch x;;SAY:done\` | run a tool, then answer |
| \`TOOL:ask:Which?\\|A\\|B\` | ask |
| \`ERR:529\`, \`ERR:limit\` | fail like the API does |
| \`CRASH\` | break down; the session survives |

\`\`\`ts
// Steps are separated by ;; and each one is a call of the model.
const script = ["THINK SLOW:50 LONG:400", "TOOL:bash:ls", "SAY:that was it"].join(" ;; ");
\`\`\`
`;

/** What the form's server asks for, as MCP's `elicitation/create` has it. */
export const FORM = {
  message: "Which share shall I mount?",
  requestedSchema: {
    type: "object",
    properties: {
      share: { type: "string", title: "Share", description: "Its name on the NAS", minLength: 2 },
      access: {
        type: "string",
        title: "Access",
        enum: ["ro", "rw"],
        enumNames: ["Read only", "Read and write"],
      },
      retries: { type: "integer", title: "Retries", minimum: 0, maximum: 9, default: 3 },
      at_boot: { type: "boolean", title: "Mount it at every boot" },
    },
    required: ["share", "access"],
  },
};

export const LIST = `Here is a list, as asked:

1. **Prepare**
   - read the logs
   - make a backup
2. **Change**
   - one thing at a time
   - ~~never on a Friday~~ *rarely* on a Friday
3. **Check**
   - [x] services answer
   - [ ] somebody noticed

Anything else? I also do [links](https://example.org).
`;

export const TABLE = `| service | state | memory |
| --- | :---: | ---: |
| proxmox | 🟢 up | 12.4 GB |
| backup server | 🟢 up | 3.1 GB |
| media | 🟡 slow | 7.9 GB |
| printer | 🔴 down | – |

The printer is always down.
`;

export const CODE = `A function that waits, and one that does not:

\`\`\`ts
/** Resolves after \`ms\`, or at once when \`signal\` is aborted. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
\`\`\`

And in a shell:

\`\`\`bash
for host in nas media printer; do ping -c1 -W1 "$host" >/dev/null && echo "$host ok"; done
\`\`\`

Use \`delay(100)\` inline like this.
`;

export const PLAN = `# A plan

1. **Look** at what is there
2. **Change** the smallest thing that helps
3. **Check** that it helped

\`\`\`bash
deno task test
\`\`\`
`;

const PARAGRAPH =
  "The quick brown fox keeps the machines running. It *watches* the disks, **counts** the backups and writes `notes` about everything that blinks. When something stops blinking, it looks twice before it wakes anybody up.";

/** Long enough to need several messages. */
export function longAnswer(): string {
  const chapters = Array.from({ length: 8 }, (_, index) => {
    const code = index % 3 === 1
      ? `\n\n\`\`\`sh\nsystemctl status service-${index + 1}\njournalctl -u service-${
        index + 1
      } -n 20\n\`\`\``
      : "";
    return `## Chapter ${index + 1}\n\n${PARAGRAPH}\n\n> ${PARAGRAPH}\n\n${PARAGRAPH}${code}`;
  });
  return ["# A long answer", ...chapters, "**The end.**"].join("\n\n");
}
