/** Archives that no tar would write: every field of a header as the test wants it. */

export interface Member {
  readonly name: string;
  /** The type flag of a header: "0" a file, "1" a hard link, "2" a symbolic link, "5" a folder, … */
  readonly type?: string;
  readonly content?: string;
  readonly link?: string;
  readonly mode?: number;
  /** What the header says the size is, if that is not the content's. */
  readonly size?: number;
}

const encoder = new TextEncoder();

export function header(
  { name, type = "0", content = "", link = "", mode, size }: Member,
): Uint8Array {
  const block = new Uint8Array(512);
  const put = (text: string, offset: number) => block.set(encoder.encode(text), offset);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0") + "\0";
  put(name.slice(0, 100), 0);
  put(octal(mode ?? (type === "5" ? 0o755 : 0o644), 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size ?? encoder.encode(content).length, 11), 124);
  put(octal(1_700_000_000, 11), 136);
  put(type, 156);
  put(link.slice(0, 100), 157);
  put("ustar\x0000", 257);
  seal(block);
  return block;
}

/** Writes the checksum that makes a header valid. */
export function seal(block: Uint8Array): void {
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(encoder.encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
}

/** An archive of these members, with its end. */
export function tarball(members: readonly Member[]): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (const member of members) {
    const content = encoder.encode(member.content ?? "");
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512);
    padded.set(content);
    blocks.push(header(member), padded);
  }
  const whole = new Uint8Array(blocks.reduce((sum, { length }) => sum + length, 1024));
  let offset = 0;
  for (const block of blocks) {
    whole.set(block, offset);
    offset += block.length;
  }
  return whole;
}

export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
