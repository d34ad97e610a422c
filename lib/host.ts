/** A name or an address, perhaps with a port. */
export interface Host {
  readonly host: string;
  readonly port: number | null;
}

const NAME = /^[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_-]+)*\.?$/i;

/** `nas.lan`, `10.0.0.2:22`, `[fd00::2]:443`, `fd00::2`; null for what cannot be a host. */
export function readHost(text: string): Host | null {
  if (isIpv6(text)) return { host: text, port: null };
  const [, six, name, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && port > 65_535) return null;
  if (six !== undefined) return isIpv6(six) ? { host: six, port } : null;
  return name !== undefined && NAME.test(name) ? { host: name, port } : null;
}

/** A host as URLs and permissions write it: with brackets around an address that has colons. */
export const writeHost = ({ host, port }: Host): string =>
  `${host.includes(":") ? `[${host}]` : host}${port === null ? "" : `:${port}`}`;

/** True when a text is an IPv6 address; without a zone, which only one machine understands. */
const isIpv6 = (text: string) =>
  text.length <= LONGEST_IPV6 && /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) &&
  URL.canParse(`http://[${text}]`);

const LONGEST_IPV6 = 45;
