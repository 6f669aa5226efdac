const escapedByte = /[\uDC80-\uDCFF]/;
const loneEscapes = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/g;

/** What `node:fs` needs for a path of `entry.ts`: itself, or its bytes where a name is not UTF-8. */
export function toFsPath(path: string): string | Buffer {
  if (!escapedByte.test(path)) return path;
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of path.matchAll(loneEscapes)) {
    parts.push(Buffer.from(path.slice(from, match.index)));
    parts.push(Buffer.of(path.charCodeAt(match.index) - 0xdc00));
    from = match.index + 1;
  }
  return from === 0 ? path : Buffer.concat([...parts, Buffer.from(path.slice(from))]);
}

/** A name (or a link's target) as the kernel has it, as a string of `entry.ts`; the inverse of `toFsPath`. */
export function fromFsBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\uFFFD')) return text;
  let decoded = '';
  for (let at = 0; at < buffer.length; ) {
    const character = characterAt(buffer, at);
    decoded += character?.text ?? String.fromCharCode(0xdc00 + (buffer[at] ?? 0));
    at += character?.bytes ?? 1;
  }
  return decoded;
}

function characterAt(buffer: Buffer, at: number): { text: string; bytes: number } | undefined {
  const lead = buffer[at] ?? 0;
  const bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const slice = buffer.subarray(at, at + bytes);
  const text = slice.toString('utf8');
  // Overlong forms, surrogates and cut sequences do not come back as the bytes they were.
  return slice.length === bytes && Buffer.from(text).equals(slice) ? { text, bytes } : undefined;
}
