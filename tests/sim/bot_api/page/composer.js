import { excerpt } from "./bubble.js";
import { ask, byId, el, toast } from "./dom.js";

/** What the message field is doing: writing, replying to a message, or changing one. */
let context = { kind: "write" };
/** The chat it writes to: `place()`, `commands()`, `lastOwn()`, `sent()`. */
let chat;
let chosen = -1;

const input = byId("input");
const list = byId("commands");

/** Wires the message field up; `given` is the chat it writes to. */
export function startComposer(given) {
  chat = given;
  input.addEventListener("input", () => {
    fit();
    suggest();
  });
  input.addEventListener("keydown", onKey);
  input.addEventListener("blur", () => setTimeout(() => closeList(), 150));
  input.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    sendFiles(files);
  });
  byId("send").addEventListener("click", submit);
  byId("attach").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", (event) => {
    sendFiles([...event.target.files]);
    event.target.value = "";
  });
  byId("menu").addEventListener("pointerdown", (event) => event.preventDefault());
  byId("menu").addEventListener("click", () => {
    if (!list.hidden) return closeList();
    showList(chat.commands());
    input.focus();
  });
  byId("context-close").addEventListener("click", () => leaveContext());
  startDrop();
}

/** Makes the field ready for another chat or topic. */
export function refreshComposer() {
  byId("menu").hidden = chat.commands().length === 0;
}

export function replyTo(message) {
  enter({ kind: "reply", message }, `Reply to ${message.author}`);
}

export function changeMessage(message) {
  enter({ kind: "edit", message }, "Edit message");
  setText(message.text);
}

/** Sends a text as if it had been typed. */
export async function sendText(text) {
  await ask("/page/send", { ...chat.place(), text });
  chat.sent();
}

/** Ends a reply or an edit; gives whether there was one. */
export function leaveContext() {
  const was = context.kind;
  if (was === "edit") setText("");
  context = { kind: "write" };
  byId("context").hidden = true;
  return was !== "write";
}

function enter(next, title) {
  context = next;
  byId("context-title").textContent = title;
  byId("context-quote").textContent = excerpt(next.message);
  byId("context").hidden = false;
  input.focus();
}

function setText(text) {
  input.value = text;
  fit();
}

function fit() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 200)}px`;
  byId("send").disabled = input.value.trim() === "";
}

async function submit() {
  const text = input.value;
  if (text.trim() === "") return;
  closeList();
  const { kind, message } = context;
  const place = chat.place();
  const answer = kind === "edit"
    ? await ask("/page/edit", { chat: place.chat, id: message.id, text: text.trim() })
    : await ask("/page/send", { ...place, text: text.trim(), reply_to: message?.id });
  if (!answer) return;
  leaveContext();
  setText("");
  chat.sent();
}

function onKey(event) {
  if (event.isComposing) return;
  if (!list.hidden && onListKey(event)) return event.preventDefault();
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape" && leaveContext()) {
    event.preventDefault();
  } else if (event.key === "ArrowUp" && input.value === "") {
    const last = chat.lastOwn();
    if (!last) return;
    event.preventDefault();
    changeMessage(last);
  }
}

/** Whether the list of commands took the key. */
function onListKey({ key, shiftKey }) {
  const options = [...list.children];
  if (key === "ArrowDown" || key === "ArrowUp") {
    const step = key === "ArrowDown" ? 1 : -1;
    choose((chosen + step + options.length) % options.length);
  } else if (key === "Escape") {
    closeList();
  } else if (key === "Tab" && !shiftKey) {
    complete(options[Math.max(chosen, 0)].dataset.command);
  } else if (key === "Enter" && !shiftKey && chosen >= 0) {
    pick(options[chosen].dataset.command);
  } else {
    return false;
  }
  return true;
}

function suggest() {
  const typed = /^\/([a-z0-9_]*)$/i.exec(input.value)?.[1]?.toLowerCase();
  const fitting = typed === undefined
    ? []
    : chat.commands().filter(({ command }) => command.startsWith(typed))
      .sort((a, b) => Number(b.command === typed) - Number(a.command === typed));
  if (fitting.length === 0) closeList();
  else showList(fitting, 0);
}

function showList(commands, choice = -1) {
  list.replaceChildren(...commands.map(({ command, description }, index) =>
    el(
      "li",
      {
        role: "option",
        id: `command-${index}`,
        "aria-selected": "false",
        "data-command": command,
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => pick(command),
      },
      el("b", {}, `/${command}`),
      el("span", {}, description),
    )
  ));
  list.hidden = commands.length === 0;
  list.scrollTop = 0;
  byId("menu").setAttribute("aria-expanded", String(!list.hidden));
  choose(choice);
}

function closeList() {
  list.hidden = true;
  byId("menu").setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(index) {
  chosen = index;
  [...list.children].forEach((option, each) => {
    option.setAttribute("aria-selected", String(each === index));
    if (each !== index) return;
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  });
}

function complete(command) {
  setText(`/${command} `);
  closeList();
}

function pick(command) {
  closeList();
  setText("");
  sendText(`/${command}`);
}

async function sendFiles(files) {
  const caption = context.kind === "edit" ? "" : input.value.trim();
  const reply = context.kind === "reply" ? context.message.id : "";
  for (const [index, file] of files.entries()) {
    if (file.size === 0) {
      toast(`${file.name} is empty`);
      continue;
    }
    const { chat: id, thread } = chat.place();
    const query = new URLSearchParams({
      chat: id,
      thread: thread ?? "",
      reply_to: reply,
      name: file.name,
      type: file.type,
      caption: index === 0 ? caption : "",
      ...await sizeOfPicture(file),
    });
    await ask(`/page/upload?${query}`, file);
  }
  if (caption !== "") setText("");
  leaveContext();
  chat.sent();
}

async function sizeOfPicture(file) {
  if (!file.type.startsWith("image/")) return {};
  try {
    const { width, height } = await createImageBitmap(file);
    return { width, height };
  } catch {
    return {};
  }
}

function startDrop() {
  const hasFiles = (event) => [...event.dataTransfer.types].includes("Files");
  const area = byId("app");
  area.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    byId("drop").hidden = false;
  });
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(event.relatedTarget)) byId("drop").hidden = true;
  });
  area.addEventListener("drop", (event) => {
    byId("drop").hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    sendFiles([...event.dataTransfer.files]);
  });
}
