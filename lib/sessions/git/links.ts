/** Entries of a git index that stand for another repository (gitformat-index, versions 2 to 4). */

const GITLINK = 0o160000;
/** Before the flags: times, device, inode, mode, owner, size; then comes the object's name. */
const FIXED = 40;
/** No path is longer; each entry of version 4 builds upon the one before it. */
const LONGEST_PATH = 4096;
const MODE_AT = 24;

/**
 * The paths of an index that are repositories of their own: `git status` goes into them, and obeys
 * their configuration. Null where it is not read here: split, broken, or of an unknown version.
 * @param hash the length of an object's name in bytes.
 */
export function gitlinks(index: Uint8Array, hash: number): string[] | null {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  if (index.length < 12 + hash || text(index.subarray(0, 4)) !== "DIRC") return null;
  const [version, count] = [view.getUint32(4), view.getUint32(8)];
  if (version < 2 || version > 4) return null;
  const found: string[] = [];
  let path = new Uint8Array(0);
  let at = 12;
  for (let entry = 0; entry < count; entry++) {
    const start = at;
    at += FIXED + hash;
    if (at + 2 > index.length) return null;
    const extended = (view.getUint16(at) & 0x4000) !== 0;
    at += extended ? 4 : 2;
    if (version === 4) {
      const strip = varint(index, at);
      if (strip === null || strip.value > path.length) return null;
      const end = index.indexOf(0, strip.next);
      if (end < 0) return null;
      path = joined(path.subarray(0, path.length - strip.value), index.subarray(strip.next, end));
      at = end + 1;
    } else {
      const end = index.indexOf(0, at);
      if (end < 0) return null;
      path = index.slice(at, end);
      at = start + Math.ceil((end - start + 1) / 8) * 8;
    }
    if (path.length > LONGEST_PATH) return null;
    if ((view.getUint32(start + MODE_AT) & 0o170000) === GITLINK) found.push(text(path));
  }
  return hasLink(index, view, at, hash) ? null : found;
}

/** Whether an extension says that most of the index lies in another file. */
function hasLink(index: Uint8Array, view: DataView, from: number, hash: number): boolean {
  for (let at = from; at + 8 <= index.length - hash;) {
    if (text(index.subarray(at, at + 4)) === "link") return true;
    at += 8 + view.getUint32(at + 4);
  }
  return false;
}

function varint(bytes: Uint8Array, from: number): { value: number; next: number } | null {
  let value = 0;
  for (let at = from; at < bytes.length && at < from + 6; at++) {
    const byte = bytes[at]!;
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) return { value, next: at + 1 };
    value += 1;
  }
  return null;
}

function joined(start: Uint8Array, end: Uint8Array): Uint8Array<ArrayBuffer> {
  const path = new Uint8Array(start.length + end.length);
  path.set(start);
  path.set(end, start.length);
  return path;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
