import type { Change } from "./changes.ts";
import { draftView, messageView, snapshot } from "./page_view.ts";
import { isObject } from "./params.ts";
import { attach, paste, press, rewrite, stopDraft } from "./people.ts";
import type { World } from "./world.ts";

export interface PageOptions {
  /** The id of who sits before the page; 1. They are added when the server starts. */
  user?: number;
  /** Their name; "You". */
  name?: string;
  /** The chats that they see; their private chat and all groups when it is not given. */
  chats?: number[];
}

/** Serves the chat page and what it asks for. */
export interface ChatPage {
  serve(request: Request): Promise<Response> | undefined;
  close(): void;
}

const PAGE: Record<string, string> = {
  "index.html": "text/html",
  "style.css": "text/css",
  "message.css": "text/css",
  "app.js": "text/javascript",
  "bubble.js": "text/javascript",
  "composer.js": "text/javascript",
  "dom.js": "text/javascript",
  "log.js": "text/javascript",
  "text.js": "text/javascript",
  "icon.svg": "image/svg+xml",
};
const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
/** How long a press waits for the bot's answer before the page is told that none came. */
const ANSWER_MS = 15_000;
const HEARTBEAT_MS = 15_000;

export function servePage(world: World, { user = 1, chats }: PageOptions): ChatPage {
  const closing = new AbortController();
  const serve = async (request: Request, url: URL): Promise<Response> => {
    const { pathname } = url;
    if (!isLocal(request, url)) return new Response("Forbidden", { status: 403 });
    if (request.method === "POST") return await act(world, user, request, url);
    if (pathname === "/page/events") return events(world, user, chats, closing.signal);
    if (pathname.startsWith("/page/file/")) return file(world, pathname.slice(11), url);
    return await pageFile(pathname.slice(1) || "index.html");
  };
  return {
    serve: (request) => {
      const url = new URL(request.url);
      const isOurs = url.pathname === "/" || url.pathname.startsWith("/page/") ||
        Object.hasOwn(PAGE, url.pathname.slice(1));
      return isOurs ? serve(request, url) : undefined;
    },
    close: () => closing.abort(),
  };
}

/** Other pages in the same browser may not act here, not even under a name that leads here. */
function isLocal(request: Request, url: URL): boolean {
  const origin = request.headers.get("origin");
  return ["127.0.0.1", "localhost"].includes(url.hostname) &&
    (origin === null || origin === url.origin);
}

async function pageFile(name: string): Promise<Response> {
  const type = PAGE[name];
  if (type === undefined) return new Response("Not Found", { status: 404 });
  const text = await Deno.readTextFile(new URL(`./page/${name}`, import.meta.url));
  return new Response(text, { headers: { ...HEADERS, "content-type": `${type}; charset=utf-8` } });
}

function file(world: World, id: string, url: URL): Response {
  const found = world.files.find(id);
  if (!found) return new Response("Not Found", { status: 404 });
  const name = encodeURIComponent(found.name);
  const isInline = found.kind !== "document" && !url.searchParams.has("download");
  return new Response(found.bytes, {
    headers: {
      ...HEADERS,
      "content-type": isInline ? found.mime_type : "application/octet-stream",
      "content-disposition": `${isInline ? "inline" : "attachment"}; filename*=UTF-8''${name}`,
    },
  });
}

/** The whole state first, then each change, as server-sent events. */
function events(
  world: World,
  user: number,
  chats: number[] | undefined,
  closing: AbortSignal,
): Response {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const encoder = new TextEncoder();
      const send = (event: unknown) =>
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`));
      const whole = () => send({ kind: "snapshot", ...snapshot(world, user, chats) });
      const unwatch = world.changes.watch((change) => {
        if (change.kind === "chat" || change.kind === "commands") return whole();
        const event = eventOf(world, user, change);
        if (event) send(event);
      });
      const heartbeat = setInterval(
        () => controller.enqueue(encoder.encode(":\n\n")),
        HEARTBEAT_MS,
      );
      end = () => {
        clearInterval(heartbeat);
        unwatch();
        closing.removeEventListener("abort", finish);
      };
      const finish = () => {
        end();
        controller.close();
      };
      closing.addEventListener("abort", finish);
      whole();
    },
    cancel: () => end(),
  });
  return new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
}

function eventOf(world: World, user: number, change: Change): unknown {
  switch (change.kind) {
    case "message": {
      const message = world.chats.get(change.chat)?.messages.get(change.message);
      return message && { kind: "message", message: messageView(world, user, message) };
    }
    case "draft": {
      const state = world.chats.get(change.chat);
      const draft = state && world.draft(state, change.thread);
      const { chat, thread = null } = change;
      return { kind: "draft", chat, thread, draft: draft ? draftView(world, draft) : null };
    }
    case "deleted":
    case "action":
      return change;
    case "callback":
    case "call":
    case "chat":
    case "commands":
      return undefined;
    default:
      return change satisfies never;
  }
}

/** Does what the person asked for on the page. */
async function act(world: World, user: number, request: Request, url: URL): Promise<Response> {
  try {
    const result = url.pathname === "/page/upload"
      ? await upload(world, user, request, url)
      : await order(world, user, url.pathname, await readOrder(request));
    return Response.json(result ?? {}, { headers: HEADERS });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return Response.json({ error: message }, { status: 400, headers: HEADERS });
  }
}

async function readOrder(request: Request): Promise<Record<string, unknown>> {
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    throw new TypeError("Orders of the page are JSON");
  }
  const value: unknown = await request.json();
  if (!isObject(value)) throw new TypeError("An order of the page is an object");
  return value;
}

async function order(
  world: World,
  user: number,
  path: string,
  body: Record<string, unknown>,
): Promise<unknown> {
  const chat = Number(body.chat);
  const place = placeOf(chat, body.thread, body.reply_to);
  switch (path) {
    case "/page/send":
      paste(world, { from: user, ...place, text: String(body.text) });
      return;
    case "/page/edit":
      rewrite(world, chat, Number(body.id), String(body.text));
      return;
    case "/page/delete": {
      const message = world.find(world.chat(chat), Number(body.id));
      if (!message) throw new Error("The message is gone");
      message.deleted = true;
      world.changed(message);
      return;
    }
    case "/page/stop":
      stopDraft(world, chat, place.thread);
      return;
    case "/page/press": {
      const options = { from: user, chat, messageId: Number(body.id), data: String(body.data) };
      return await answered(press(world, options).answer);
    }
    default:
      throw new Error(`There is no '${path}'`);
  }
}

function placeOf(chat: number, thread: unknown, replyTo: unknown) {
  return {
    chat,
    ...(Number(thread) > 0 && { thread: Number(thread) }),
    ...(Number(replyTo) > 0 && { replyTo: Number(replyTo) }),
  };
}

async function answered(answer: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<unknown>((resolve) => {
    timer = setTimeout(() => resolve({ late: true }), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

async function upload(world: World, user: number, request: Request, url: URL): Promise<void> {
  const query = (name: string) => url.searchParams.get(name);
  const mime_type = query("type") || "application/octet-stream";
  const bytes = new Uint8Array(await request.arrayBuffer());
  const kind = /^image\/(png|jpeg|webp)$/.test(mime_type) ? "photo" : "document";
  const [width, height] = [Number(query("width")), Number(query("height"))];
  attach(world, kind, {
    from: user,
    ...placeOf(Number(query("chat")), query("thread"), query("reply_to")),
    bytes,
    mime_type,
    name: query("name") ?? "file",
    caption: query("caption") ?? "",
    ...(width > 0 && height > 0 && { width, height }),
  });
}
