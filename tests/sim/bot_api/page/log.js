import { bubble, draftBubble, refill } from "./bubble.js";
import { ask, byId, dayOf, el } from "./dom.js";

/** So near to the end the log follows what comes. */
const NEAR_END = 60;
/** Messages of one author within this time stand close together. */
const GROUP_MS = 300_000;

/**
 * The list of messages of the place that is shown. It follows the end while the person is there,
 * and marks what is new when they are not.
 */
export function createLog({ command, reply, edit, onRead }) {
  const log = byId("log");
  const scroll = byId("scroll");
  const jumpButton = byId("jump");
  let shown = { find: () => undefined, wide: false, now: Date.now() };
  let follow = true;
  let draftNode = null;
  let draftTimer;

  const chat = {
    command,
    reply,
    edit,
    find: (id) => shown.find(id),
    jump,
    get wide() {
      return shown.wide;
    },
  };

  const distance = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
  const isAtEnd = () => distance() < NEAR_END;
  const articleOf = (id) => log.querySelector(`article[data-id="${id}"]`);

  scroll.addEventListener("scroll", () => {
    follow = isAtEnd();
    jumpButton.hidden = follow;
    if (follow && !document.hidden) read();
  }, { passive: true });
  new ResizeObserver(() => {
    if (follow) scroll.scrollTop = scroll.scrollHeight;
  }).observe(log);
  new ResizeObserver(() => {
    if (follow) scroll.scrollTop = scroll.scrollHeight;
  }).observe(scroll);
  jumpButton.addEventListener("click", () => {
    const line = log.querySelector(".new-line");
    if (line && line.getBoundingClientRect().top > scroll.clientHeight) {
      line.scrollIntoView({ block: "start", behavior: "smooth" });
    } else toEnd();
  });
  log.addEventListener("keydown", onArrow);
  log.addEventListener("focusin", ({ target }) => {
    const article = target.closest("article");
    log.querySelectorAll(".actions button").forEach((button) => {
      button.tabIndex = article?.contains(button) ? 0 : -1;
    });
  });
  log.addEventListener("dblclick", ({ target }) => {
    const article = target.closest("article[data-id]");
    if (!article || target.closest("a, button, pre")) return;
    const message = shown.find(Number(article.dataset.id));
    if (message) reply(message);
  });

  function show(next) {
    shown = next;
    const position = scroll.scrollTop;
    log.setAttribute("aria-busy", "true");
    const nodes = [];
    let before;
    for (const message of next.messages) {
      nodes.push(...between(before, message), bubble(message, chat));
      nodes.at(-1).classList.toggle("close", isClose(before, message));
      before = message;
    }
    log.replaceChildren(...nodes);
    log.removeAttribute("aria-busy");
    draftNode = null;
    if (!next.isSame || follow) toEnd("instant");
    else scroll.scrollTop = position;
  }

  function between(before, message) {
    const day = dayOf(message.date, Date.now());
    if (before && dayOf(before.date, Date.now()) === day) return [];
    return [el("div", { class: "day", role: "separator" }, el("span", {}, day))];
  }

  function isClose(before, message) {
    return before !== undefined && before.author === message.author &&
      message.date - before.date < GROUP_MS && before.buttons.length === 0 &&
      between(before, message).length === 0;
  }

  function put(message) {
    const article = articleOf(message.id);
    if (article) return keepEnd(() => refill(article, message, chat));
    keepEnd(() => {
      const articles = log.querySelectorAll("article[data-id]");
      const before = shown.find(Number(articles[articles.length - 1]?.dataset.id));
      const node = bubble(message, chat);
      node.classList.add("arriving");
      node.classList.toggle("close", isClose(before, message));
      for (const each of [...between(before, message), node]) log.insertBefore(each, draftNode);
    });
  }

  function remove(id) {
    const article = articleOf(id);
    if (!article) return;
    const before = article.previousElementSibling;
    const after = article.nextElementSibling;
    const isAlone = before?.matches(".day, .new-line") && !after?.matches("article[data-id]");
    if (isAlone) before.remove();
    article.remove();
  }

  /** Shows, changes or removes the draft of this place. */
  function draft(next, place) {
    clearTimeout(draftTimer);
    const left = next?.left ?? 0;
    const node = left > 0 ? draftBubble(next, () => ask("/page/stop", place)) : null;
    keepEnd(() => {
      const hadFocus = draftNode?.contains(document.activeElement);
      draftNode?.remove();
      if (node) log.append(node);
      if (hadFocus) node?.querySelector(".stop")?.focus();
    });
    draftNode = node;
    if (node) draftTimer = setTimeout(() => draft(null, place), left);
  }

  /** Marks where the unread messages begin. */
  function markNew(id) {
    if (log.querySelector(".new-line")) return;
    const line = el(
      "div",
      { class: "new-line", role: "separator" },
      el("span", {}, "New messages"),
    );
    articleOf(id)?.before(line);
  }

  function read() {
    const line = log.querySelector(".new-line");
    if (line) setTimeout(() => line.remove(), 4000);
    onRead();
  }

  function keepEnd(change) {
    const wasFollowing = follow;
    change();
    if (wasFollowing) scroll.scrollTop = scroll.scrollHeight;
    jumpButton.hidden = isAtEnd();
  }

  function toEnd(behavior = "auto") {
    follow = true;
    jumpButton.hidden = true;
    scroll.scrollTo({ top: scroll.scrollHeight, behavior });
    read();
  }

  function jump(id) {
    const article = articleOf(id);
    if (!article) return;
    follow = false;
    article.scrollIntoView({ block: "center", behavior: "smooth" });
    article.focus({ preventScroll: true });
    article.classList.remove("found");
    requestAnimationFrame(() => article.classList.add("found"));
  }

  /** Arrow keys walk through the messages, Home and End go to the ends. */
  function onArrow(event) {
    const articles = [...log.querySelectorAll("article[data-id]")];
    if (articles.length === 0 || event.target.closest("pre")) return;
    const at = articles.indexOf(document.activeElement?.closest("article"));
    const targets = {
      ArrowUp: at < 0 ? articles.length - 1 : Math.max(0, at - 1),
      ArrowDown: at < 0 ? articles.length - 1 : Math.min(articles.length - 1, at + 1),
      Home: 0,
      End: articles.length - 1,
    };
    if (event.key === "Escape") return byId("input").focus();
    const next = articles[targets[event.key]];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  return { show, put, remove, draft, markNew, isAtEnd, toEnd, jump, read };
}
