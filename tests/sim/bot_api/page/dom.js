/** An element with attributes, listeners (`onclick`…) and children; text is always text. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  bell: "M6 16.5V11a6 6 0 1 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4",
  bellOff: "M6 16.5V11c0-1 .2-1.9.7-2.7M9.5 5.5A6 6 0 0 1 18 11v3M4.5 18h12M10 20.5h4M4 4l16 16",
  check: "m5 12.5 4.5 4.5L19 7.5",
  copy: "M9 9h10v11H9zM15 6V4H5v11h2",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  pin: "M9 4h6l-.8 6 3.3 3v1.5H6.5V13l3.3-3zM12 14.5V20",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  link: "M8 16 16 8M10 8h6v6",
};

/** A small picture drawn in the color of the text. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("glyph");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

let toastTimer;

/** A short notice that goes away by itself and is read out. */
export function toast(text) {
  const box = byId("toast");
  box.textContent = text;
  box.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("shown"), 3500);
}

/** A notice that waits for OK. */
export function showAlert(text) {
  byId("alert-text").textContent = text;
  byId("alert").showModal();
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast("The browser does not allow copying here");
  }
}

/** Asks the server; gives its answer, or undefined after telling the person what went wrong. */
export async function ask(path, body) {
  const isFile = body instanceof Blob;
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": isFile ? "application/octet-stream" : "application/json" },
      body: isFile ? body : JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    toast(answer.error);
  } catch {
    toast("The server does not answer");
  }
  return undefined;
}

export function timeOf(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** "Today", "Yesterday" or the date. */
export function dayOf(ms, now) {
  const day = (at) => new Date(at).setHours(0, 0, 0, 0);
  const days = Math.round((day(now) - day(ms)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return new Date(ms).toLocaleDateString([], { day: "numeric", month: "long", year });
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1 << 20 ? [bytes / 1024, "KB"] : [bytes / (1 << 20), "MB"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
