/**
 * Why Telegram refuses `url` as the target of a `text_link`, or undefined when it takes it: it must
 * be absolute, over HTTP(S) to a host with a dot or an IP address, or `tg:`, `ton:`.
 * Compared with Telegram's own entity code, which refuses the whole message; we are stricter where
 * it makes an address of what is none (`mailto:ada@example.org`, `example.org`).
 */
export function linkProblem(url: string): string | undefined {
  if (url === "") return "URL is empty";
  const own = /^(?:tg|ton):(?:\/\/)?([^/?#]*)/i.exec(url);
  if (own) return isName(own[1] ?? "") ? undefined : "Unallowed characters in URL host";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url);
  if (!scheme) return "Wrong HTTP URL";
  if (!/^https?$/i.test(scheme[1] ?? "")) return "Unsupported URL protocol";
  const authority = url.slice(scheme[0].length).split(/[/?#]/, 1)[0] ?? "";
  const at = authority.lastIndexOf("@");
  if (at >= 0 && !/^[^@]*$/.test(authority.slice(0, at))) {
    return "Disallowed character in URL userinfo";
  }
  return isHost(authority.slice(at + 1)) ? undefined : "Wrong HTTP URL";
}

function isName(host: string): boolean {
  return /^[a-z0-9_-]*$/i.test(host);
}

function isHost(hostAndPort: string): boolean {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(hostAndPort);
  if (!parts) return false;
  const [, host = "", port] = parts;
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return false;
  if (host.startsWith("[")) return true;
  return /^[\p{L}\p{M}\p{N}._\-!$,~*'();&+=%]+$/u.test(host) && /[^.]\./.test(host);
}
