/** The longest address that becomes a link: all entities of a message share about 9,500 bytes. */
const LONGEST = 2000;

const LABEL = /^(?!-)[\p{L}\p{N}_-]{1,63}(?<!-)$/u;

/**
 * The address as Telegram takes it for a link, or null: one address that it does not like (no
 * dotted host, another scheme, a space) makes it refuse the whole message.
 */
export function linkAddress(url: string): string | null {
  const address = url.trim().replace(/ /g, "%20");
  if (address.length > LONGEST || /[\s\\<>"`{}|^]/.test(address)) return null;
  const parts = /^https?:\/\/([^/?#@]+)(?:[/?#]|$)/i.exec(address);
  if (!parts || !URL.canParse(address)) return null;
  return isHost(parts[1] ?? "") ? address : null;
}

function isHost(authority: string): boolean {
  const [host = "", port, ...rest] = authority.split(":");
  if (rest.length > 0 || (port !== undefined && !/^[1-9]\d{0,4}$/.test(port))) return false;
  const labels = host.split(".");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  const last = labels.at(-1) ?? "";
  if (/^\d+$/.test(last)) return isIpV4(labels);
  return /^(?:\p{L}{2,}|xn--[a-z0-9-]+)$/iu.test(last);
}

function isIpV4(labels: string[]): boolean {
  return labels.length === 4 && labels.every((label) => /^\d{1,3}$/.test(label) && +label < 256);
}

/** Whether a label already says its address, so that a link under it would add nothing. */
export function sameAddress(label: string, url: string): boolean {
  const bare = (text: string) =>
    text.trim().replace(/^(?:https?:\/\/|mailto:|tel:)/i, "").replace(/\/$/, "");
  return bare(label) === bare(url);
}
