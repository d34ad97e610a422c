// deno-lint-ignore-file no-console -- a program of the command line
/**
 * The Bot API server by itself, with its chat page, until Ctrl-C:
 *
 *     deno run -A tests/sim/bot_api/main.ts --port 8081 --token 123456:secret --group -5=Family
 */
import { parseArgs } from "node:util";
import { startBotApi } from "./mod.ts";

const USAGE = `Usage: deno run -A main.ts [options]
  --port N             where it listens on 127.0.0.1 (8081; 0 for any free port)
  --token TOKEN        the token of the bot (123456:stand-in-token)
  --bot NAME           what the bot is called (Test Bot)
  --user ID=NAME       a person with a private chat, any number of times; the first one writes on
                       the page (1=You)
  --group ID=TITLE     a group that the bot is in; its id is negative
  --forum ID=TITLE     a group with topics; its id is below -1000000000000
  --topics             private chats have topics
  --flood              calls that come too fast are refused, as Telegram's servers do
  --allow-parse-mode   calls with a parse_mode pass; their markup is not read
  --log FILE           each call as a line of JSON`;

const text = { type: "string" } as const;
const many = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;
const OPTIONS = {
  ...{ port: text, token: text, bot: text, log: text },
  ...{ user: many, group: many, forum: many },
  ...{ topics: flag, flood: flag, "allow-parse-mode": flag },
};

/** `1=Ada` as a number and a name. */
function named(value: string): { id: number; name: string } {
  const [, id, name = ""] = /^(-?\d+)=(.+)$/.exec(value) ?? [];
  if (id === undefined) throw new TypeError(`Expected ID=NAME, got '${value}'`);
  return { id: Number(id), name };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ args: Deno.args, options: OPTIONS });
  const port = Number(values.port ?? 8081);
  const [first, ...others] = (values.user ?? ["1=You"]).map(named);
  await using api = await startBotApi({
    port,
    page: { user: first!.id, name: first!.name },
    privateTopics: values.topics === true,
    floodLimits: values.flood === true,
    allowParseMode: values["allow-parse-mode"] === true,
    ...(values.token !== undefined && { token: values.token }),
    ...(values.bot !== undefined && { botName: values.bot }),
    ...(values.log !== undefined && { log: values.log }),
  });
  for (const { id, name } of others) api.addUser({ id, first_name: name });
  for (const { id, name } of (values.group ?? []).map(named)) api.addGroup({ id, title: name });
  for (const { id, name } of (values.forum ?? []).map(named)) {
    api.addGroup({ id, title: name, is_forum: true });
  }
  console.log(`${api.url}\nThe token is ${api.token}; the chats are on that page.`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, resolve);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  Deno.exit(2);
}
Deno.exit(0);
