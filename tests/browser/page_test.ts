/** The demo page in a real browser, with the real program behind it. */
import { assert, assertEquals } from "@std/assert";
import { chromium, type Page } from "npm:playwright-core@1.65.1";
import { plantBorrowed } from "../sim/borrowed.ts";
import { programCommand, programEnv, putClaude, standIn } from "../sim/program.ts";
import { startBotApi } from "../sim/bot_api/mod.ts";

/** Where screenshots go, when somebody wants to look at them. */
const SHOTS = Deno.env.get("SWITCHBOARD_SCREENSHOTS");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const DESK = { viewport: { width: 900, height: 760 } };
/** As the pictures of README are, `docs/demo-asks.png` among them. */
const PHONE = {
  ...{ viewport: { width: 430, height: 860 }, deviceScaleFactor: 1.5 },
  colorScheme: "dark" as const,
};

/** The demo as `deno task demo` starts it, and a browser that looks at it. */
async function withDemo(
  screen: typeof DESK | typeof PHONE,
  test: (page: Page, url: string) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "switchboard-browser-" });
  await using api = await startBotApi({ page: { user: 1, name: "You" } });
  const env = { CLAUDE_CONFIG_DIR: `${home}/claude-config`, SIM_CLAUDE_DEMO: "1" };
  await Deno.writeTextFile(
    `${home}/switchboard.jsonc`,
    JSON.stringify({ telegram: { allowed_users: [1], api_root: api.url }, claude: { env } }),
  );
  await plantBorrowed(`${home}/sessions`);
  await putClaude(`${home}/bin`, standIn());
  const [program, ...args] = programCommand();
  const child = new Deno.Command(program!, {
    args,
    cwd: home,
    env: programEnv(`${home}/bin`, api.token),
    clearEnv: true,
    stdout: "null",
    stderr: "null",
  }).spawn();
  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
    args: FLAGS,
  });
  try {
    await test(await browser.newPage(screen), api.url);
  } finally {
    await browser.close();
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(home, { recursive: true });
  }
}

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  // What hovers over the messages is in no picture.
  await page.mouse.move(0, 0);
  await page.locator("#toast.shown").waitFor({ state: "detached" });
  await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox").fill(text);
  await page.keyboard.press("Enter");
}

const sees = (page: Page, text: RegExp) => page.getByRole("log").getByText(text).first().waitFor();
const tap = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name }).last().click();

/** The text of the whole conversation as it stands. */
const logText = async (page: Page) => await page.getByRole("log").innerText();

Deno.test({
  name: "browser: a person sends a message, presses a button and sees the answer stream",
  // The driver keeps its own timers and pipes.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withDemo(DESK, async (page, url) => {
      const foreign: string[] = [];
      page.on("request", (request) => {
        if (!request.url().startsWith(url)) foreign.push(request.url());
      });
      await page.goto(url);
      await page.getByText("Nothing leaves it").waitFor();
      await send(page, "Hello! What can you show me?");
      await page.getByRole("button", { name: "New session: default" }).click();
      await page.getByRole("log").getByText(/that was it/).first().waitFor();
      await page.getByRole("button", { name: /Stop/ }).waitFor({ state: "detached" });
      await shot(page, "first-answer");
      await send(page, "CHUNK:20 SLOW:100 LONG:1400");
      await page.getByRole("button", { name: /Stop/ }).waitFor();
      const lengths = new Set<number>();
      while (await page.getByRole("button", { name: /Stop/ }).count() > 0) {
        lengths.add((await logText(page)).length);
        await page.waitForTimeout(200);
      }
      assert(lengths.size >= 3, `the text grew before one's eyes: ${[...lengths]}`);
      await shot(page, "streamed");
      await send(page, "Run a command");
      await tap(page, "Allow once");
      await page.getByRole("log").getByText(/✓ allowed/).first().waitFor();
      await shot(page, "allowed");
      assertEquals(foreign, []);
    }),
});

Deno.test({
  name: "browser: what Claude, an MCP server and a directory want is asked word by word",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withDemo(PHONE, async (page, url) => {
      await page.goto(url);
      await send(page, "Hello!");
      await tap(page, "New session: default");
      await sees(page, /that was it/);

      await send(page, "Run a command");
      await page.getByRole("button", { name: "Allow from now on…" }).waitFor();
      await send(page, "no, look first");
      await sees(page, /Claude waits for your tap above/);
      await shot(page, "words-beside");
      await tap(page, "Deny with these words");
      await sees(page, /You denied it/);

      await send(page, "Run a command");
      await page.getByRole("button", { name: "⏹ Stop", exact: true }).waitFor();
      await shot(page, "demo-asks");
      await tap(page, "Allow from now on…");
      await sees(page, /exactly this command. Nothing else/);
      await shot(page, "from-now-on");
      await tap(page, "Yes, from now on");
      await sees(page, /✓ allowed from now on/);
      await send(page, "/allowed");
      await page.getByRole("button", { name: "Take back 1" }).waitFor();
      await shot(page, "allowed");

      await send(page, "Fill in a form");
      await tap(page, "Allow once");
      await sees(page, /'nas' asks this, not Claude/);
      await send(page, "media");
      await tap(page, "Read only");
      await tap(page, "3");
      await shot(page, "form");
      await tap(page, "Yes");
      await sees(page, /"action":"accept","content":\{"share":"media","access":"ro","retries":3/);

      await send(page, "/session borrowed");
      await sees(page, /Now in borrowed/);
      await send(page, "/trust");
      await sees(page, /This directory brings things that run by themselves/);
      await shot(page, "trust");
      await tap(page, "Use these, as shown");
      await sees(page, /Not used, since what it calls may change/);
      await shot(page, "trusted");
    }),
});
