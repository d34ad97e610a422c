import { dots } from "./bubble.js";
import { byId, el } from "./dom.js";
import {
  changeMessage,
  leaveContext,
  refreshComposer,
  replyTo,
  sendText,
  startComposer,
} from "./composer.js";
import { createLog } from "./log.js";

/** Telegram shows "typing" so long, or until a message of the bot comes. */
const TYPING_MS = 5_000;

/** What the server said last, with what has changed since. */
let world = { chats: [], bot: { name: "" }, user: { id: 1 } };
/** The chat and the topic that are shown. */
let here = { chat: undefined, thread: null };
const unread = new Map();
const typing = new Map();
let connected = false;

const log = createLog({
  command: (text) => sendText(text),
  reply: replyTo,
  edit: changeMessage,
  onRead: () => {
    unread.delete(keyOf(here));
    showUnread();
  },
});

const keyOf = ({ chat, thread }) => `${chat}/${thread ?? 0}`;
const chatOf = (id) => world.chats.find((chat) => chat.id === id);
const isHere = ({ chat, thread }) => chat === here.chat && (thread ?? null) === here.thread;

/** Every place that one can write in: a chat, or each topic of it. */
function places() {
  return world.chats.flatMap((chat) => {
    const whole = { chat: chat.id, thread: null, title: chat.title, private: chat.private };
    const topics = chat.topics.map(({ id, name }) => ({
      chat: chat.id,
      thread: id,
      title: name,
      parent: chat.title,
      private: chat.private,
    }));
    return [whole, ...topics];
  });
}

const HANDLERS = {
  snapshot(event) {
    world = event;
    const all = places();
    const wanted = all.find(isHere) ?? all[0];
    if (wanted) open(wanted, true);
    showEverything();
  },
  message({ message }) {
    const chat = chatOf(message.chat);
    if (!chat) return;
    const index = chat.messages.findIndex(({ id }) => id === message.id);
    if (index >= 0) chat.messages[index] = message;
    else chat.messages.push(message);
    if (message.bot) typing.delete(keyOf(message));
    if (isHere(message)) log.put(message);
    const isUnseen = !isHere(message) || document.hidden || !log.isAtEnd();
    if (index < 0 && !message.mine && isUnseen) count(message);
    showEverything();
  },
  deleted({ chat: id, message }) {
    const chat = chatOf(id);
    if (!chat) return;
    chat.messages = chat.messages.filter((each) => each.id !== message);
    if (id === here.chat) log.remove(message);
    showEverything();
  },
  draft({ chat: id, thread, draft }) {
    const chat = chatOf(id);
    if (!chat) return;
    chat.drafts = chat.drafts.filter((each) => each.thread !== thread);
    if (draft) chat.drafts.push(draft);
    if (isHere({ chat: id, thread })) log.draft(draft, here);
  },
  action({ chat, thread, action }) {
    typing.set(keyOf({ chat, thread }), { until: Date.now() + TYPING_MS, action });
    setTimeout(showStatus, TYPING_MS + 50);
    showStatus();
  },
};

function connect() {
  const source = new EventSource("/page/events");
  source.addEventListener("message", ({ data }) => {
    connected = true;
    const event = JSON.parse(data);
    HANDLERS[event.kind]?.(event);
  });
  source.addEventListener("error", () => {
    connected = false;
    showStatus();
    // A browser gives up after some answers (a server that is just starting gives them).
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

/** Shows another place; `keep` leaves the position when it is the same one, told anew. */
function open(place, keep = false) {
  const isSame = keep && isHere(place);
  here = { chat: place.chat, thread: place.thread };
  const chat = chatOf(place.chat);
  const draft = chat.drafts.find(({ thread }) => thread === here.thread) ?? null;
  log.show({
    messages: chat.messages.filter(({ thread }) => thread === here.thread),
    find: (id) => chatOf(here.chat).messages.find((each) => each.id === id),
    wide: !chat.private,
    now: world.now,
    isSame,
  });
  log.draft(draft, here);
  if (!isSame) leaveContext();
  document.body.classList.remove("choosing");
  refreshComposer();
  showEverything();
}

function showEverything() {
  showHeader();
  showStatus();
  showPinned();
  showUnread();
  showPlaces();
}

function showHeader() {
  const place = places().find(isHere);
  const title = place?.title ?? world.bot.name;
  byId("title").textContent = title;
  byId("avatar").textContent = initials(title);
  const isEmpty = chatOf(here.chat)?.messages.every(({ thread }) => thread !== here.thread) ?? true;
  byId("empty").hidden = !isEmpty;
  byId("start").hidden = !place?.private;
}

const initials = (title) => title.split(/\s+/).map((word) => [...word][0]).join("").slice(0, 2);

function showStatus() {
  const now = typing.get(keyOf(here));
  const status = byId("status");
  status.classList.toggle("typing", connected && (now?.until ?? 0) > Date.now());
  if (!connected) return status.replaceChildren("connecting…");
  if (!status.classList.contains("typing")) {
    const place = places().find(isHere);
    return status.replaceChildren(place?.parent ?? (place?.private ? "bot" : "group"));
  }
  const what = now.action === "typing" ? "typing" : "sending a file";
  status.replaceChildren(what, dots());
}

function showPinned() {
  const pinned = chatOf(here.chat)?.messages
    .filter((message) => message.pinned && message.thread === here.thread).at(-1);
  byId("pinned").hidden = !pinned;
  byId("pinned-text").textContent = pinned?.text.slice(0, 120) ?? "";
  byId("pinned").onclick = () => log.jump(pinned.id);
}

function count(message) {
  const key = keyOf(message);
  unread.set(key, (unread.get(key) ?? 0) + 1);
  if (isHere(message)) log.markNew(message.id);
}

function showUnread() {
  const mine = unread.get(keyOf(here)) ?? 0;
  const all = [...unread.values()].reduce((sum, each) => sum + each, 0);
  document.title = all > 0 ? `(${all}) ${world.bot.name}` : world.bot.name;
  byId("jump-count").hidden = mine === 0;
  byId("jump-count").textContent = mine;
  byId("jump").setAttribute(
    "aria-label",
    mine > 0 ? `Go to ${mine} new messages` : "Go to the newest message",
  );
}

function showPlaces() {
  const all = places();
  byId("chats").hidden = all.length < 2;
  byId("open-chats").hidden = all.length < 2;
  const last = ({ chat, thread }) =>
    chatOf(chat).messages.filter((message) => message.thread === thread).at(-1);
  byId("chat-list").replaceChildren(...all.map((place) => {
    const message = last(place);
    const news = unread.get(keyOf(place)) ?? 0;
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: place.parent ? "topic" : null,
          "aria-current": isHere(place) ? "true" : null,
          onclick: () => open(place),
        },
        el(
          "span",
          { class: "avatar", "aria-hidden": "true" },
          place.parent ? "#" : initials(place.title),
        ),
        el(
          "span",
          { class: "chat-text" },
          el("strong", {}, place.title),
          el("span", {}, message ? message.text.slice(0, 60) || message.file?.name : "No messages"),
        ),
        news > 0 ? el("span", { class: "count", "aria-label": `${news} new` }, String(news)) : null,
      ),
    );
  }));
}

function startTheme() {
  const button = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const chosen = localStorage.getItem("theme");
    const isDark = chosen ? chosen === "dark" : system.matches;
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    button.setAttribute("aria-label", isDark ? "Use light colors" : "Use dark colors");
  };
  button.addEventListener("click", () => {
    const isDark = document.documentElement.dataset.theme === "dark";
    localStorage.setItem("theme", isDark ? "light" : "dark");
    show();
  });
  system.addEventListener("change", show);
  show();
}

startTheme();
startComposer({
  place: () => here,
  commands: () => chatOf(here.chat)?.commands ?? [],
  lastOwn: () =>
    chatOf(here.chat)?.messages.filter((message) =>
      message.mine && message.thread === here.thread && message.text && !message.file
    ).at(-1),
  sent: () => log.toEnd(),
});
byId("start").addEventListener("click", () => sendText("/start"));
byId("open-chats").addEventListener("click", (event) => {
  event.stopPropagation();
  if (document.body.classList.toggle("choosing")) byId("chat-list").querySelector("button").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.body.classList.remove("choosing");
});
document.addEventListener("click", ({ target }) => {
  if (!byId("chats").contains(target)) document.body.classList.remove("choosing");
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && log.isAtEnd()) log.read();
});
connect();
