import { ask, byId, copy, el, icon, showAlert, sizeOf, timeOf, toast } from "./dom.js";
import { richText } from "./text.js";

/**
 * The bubble of a message. `chat` gives what it replies to and takes what is done with it:
 * `find(id)`, `jump(id)`, `command(text)`, `reply(message)`, `edit(message)`, `wide` for groups.
 */
export function bubble(message, chat) {
  const article = el("article", { class: classesOf(message), tabindex: "-1" });
  article.dataset.id = message.id;
  fill(article, message, chat);
  return article;
}

/** Shows another version of a message in its bubble, keeping what the person has open there. */
export function refill(article, message, chat) {
  // An edit is not read out again: it may come every few seconds.
  article.setAttribute("aria-live", "off");
  const isOpen = [...article.querySelectorAll(".opening")].map((q) =>
    q.classList.contains("closed")
  );
  const focused = article.contains(document.activeElement) && document.activeElement.dataset.key;
  fill(article, message, chat);
  article.querySelectorAll(".opening").forEach((quote, index) => {
    if (isOpen[index] === false && quote.classList.contains("closed")) {
      quote.querySelector(".unfold").click();
    }
  });
  if (focused) article.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function classesOf({ mine, silent }) {
  return ["message", mine ? "mine" : "theirs", silent ? "silent" : ""].join(" ").trim();
}

function fill(article, message, chat) {
  article.className = classesOf(message);
  article.setAttribute("aria-label", `${message.author}, ${timeOf(message.date)}`);
  const body = el("div", { class: "body", dir: "auto" });
  if (message.text !== "") body.append(richText(message.text, message.entities, chat.command));
  body.append(meta(message));
  const card = el(
    "div",
    { class: message.file?.kind === "photo" ? "card has-photo" : "card" },
    chat.wide && !message.mine ? el("div", { class: "author" }, message.author) : null,
    message.forwarded
      ? el("div", { class: "forwarded" }, `Forwarded from ${message.forwarded}`)
      : null,
    replyBar(message, chat),
    attachment(message.file),
    body,
    message.reaction ? reaction(message) : null,
  );
  const buttons = message.buttons.length > 0 ? keyboard(message) : null;
  const stack = el("div", { class: "stack" }, card, buttons);
  article.replaceChildren(el("div", { class: "row" }, stack, actions(message, chat)));
}

function meta(message) {
  const sound = message.bot ? el("span", { class: "sound", title: soundOf(message) }) : null;
  sound?.append(
    icon(message.silent ? "bellOff" : "bell"),
    el("span", { class: "hidden" }, soundOf(message)),
  );
  return el(
    "span",
    { class: "meta", dir: "ltr" },
    message.pinned ? icon("pin") : null,
    message.edited ? el("span", {}, "edited") : null,
    sound,
    el("time", { datetime: new Date(message.date).toISOString() }, timeOf(message.date)),
    message.mine ? icon("check") : null,
  );
}

function soundOf({ silent }) {
  return silent ? "sent without a notification" : "sent with a notification";
}

function reaction({ reaction: emoji }) {
  return el(
    "div",
    { class: "reactions" },
    el("span", { "aria-label": `Reaction ${emoji}` }, emoji),
  );
}

function replyBar(message, chat) {
  if (message.reply_to === null) return null;
  const original = chat.find(message.reply_to);
  const text = message.quote ?? (original ? excerpt(original) : "Deleted message");
  return el(
    "button",
    { type: "button", class: "reply", onclick: () => chat.jump(message.reply_to) },
    el("strong", {}, original?.author ?? "Reply"),
    el("span", {}, text),
  );
}

/** What a message says, in one line. */
export function excerpt({ text, file }) {
  return text.slice(0, 160).replaceAll("\n", " ") || (file ? file.name : "Message");
}

function attachment(file) {
  if (!file) return null;
  const url = `/page/file/${encodeURIComponent(file.id)}`;
  if (file.kind === "photo") return picture(file, url);
  if (file.kind === "voice") {
    return el("audio", { class: "voice", controls: true, preload: "none", src: url });
  }
  return el(
    "a",
    { class: "document", href: `${url}?download`, download: file.name },
    el("span", { class: "document-icon" }, icon("download")),
    el(
      "span",
      { class: "document-text" },
      el("strong", {}, file.name),
      el("span", {}, `${sizeOf(file.size)} · download`),
    ),
  );
}

function picture(file, url) {
  const image = el("img", {
    src: url,
    alt: file.name,
    width: file.width,
    height: file.height,
    loading: "lazy",
  });
  const open = () => {
    byId("viewer-image").src = url;
    byId("viewer-image").alt = file.name;
    byId("viewer").showModal();
  };
  return el(
    "button",
    { type: "button", class: "picture", "aria-label": `Open ${file.name}`, onclick: open },
    image,
  );
}

/** Reply, edit and the like; they appear on hover, on focus and on a tap. */
function actions(message, chat) {
  const action = (label, run) =>
    el("button", { type: "button", tabindex: "-1", "data-key": label, onclick: run }, label);
  const remove = () => ask("/page/delete", { chat: message.chat, id: message.id });
  return el(
    "div",
    { class: "actions", role: "group", "aria-label": "Message actions" },
    action("Reply", () => chat.reply(message)),
    message.text ? action("Copy", () => copy(message.text)) : null,
    message.mine && message.text && !message.file ? action("Edit", () => chat.edit(message)) : null,
    action("Delete", remove),
  );
}

function keyboard(message) {
  const rows = message.buttons.map((row) =>
    el("div", { class: "buttons-row" }, ...row.map((button) => keyboardButton(message, button)))
  );
  return el("div", { class: "buttons", role: "group", "aria-label": "Buttons" }, ...rows);
}

function keyboardButton(message, button) {
  if (button.url !== undefined) {
    return el(
      "a",
      { class: "button", href: button.url, target: "_blank", rel: "noopener noreferrer" },
      button.text,
      icon("link"),
    );
  }
  const element = el(
    "button",
    {
      type: "button",
      class: ["button", button.style ?? ""].join(" ").trim(),
      disabled: button.disabled !== undefined,
      "data-key": button.callback_data ?? button.text,
    },
    button.text,
    button.copy_text ? icon("copy") : null,
  );
  element.addEventListener("click", () => pressed(message, button, element));
  return element;
}

async function pressed(message, button, element) {
  if (button.copy_text) return copy(button.copy_text.text);
  if (button.callback_data === undefined || element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  const { chat, id } = message;
  const answer = await ask("/page/press", { chat, id, data: button.callback_data });
  element.removeAttribute("aria-busy");
  if (answer?.late) toast("The bot did not answer");
  else if (answer?.text) (answer.show_alert ? showAlert : toast)(answer.text);
}

/** The bubble of a draft: what the bot is writing now. */
export function draftBubble(draft, onStop) {
  const body = el("div", { class: "body", dir: "auto" });
  if (draft.text === "") body.append(el("span", { class: "thinking" }, "Thinking"), dots());
  else body.append(richText(draft.text, draft.entities, () => {}), dots());
  const stop = draft.can_stop
    ? el("button", {
      type: "button",
      class: "button danger stop",
      "data-key": "stop",
      onclick: onStop,
    }, "Stop")
    : null;
  const buttons = stop &&
    el("div", { class: "buttons" }, el("div", { class: "buttons-row" }, stop));
  return el(
    "article",
    { class: "message theirs draft", "aria-live": "off", "aria-label": "The bot is writing" },
    el(
      "div",
      { class: "row" },
      el("div", { class: "stack" }, el("div", { class: "card" }, body), buttons),
    ),
  );
}

export function dots() {
  return el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
}
