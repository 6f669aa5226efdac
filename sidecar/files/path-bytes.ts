/** A lone surrogate U+DC00+b stands for the byte b that is no UTF-8; see `src/tree/entry.ts`. */
const mayHoldBytes = /[\udc80-\udcff]/;
const byteBase = 0xdc00;

/** A path as the file system calls want it: names that are not UTF-8 get their bytes back. */
export function encodePath(path: string): string | Buffer {
  if (!mayHoldBytes.test(path)) return path;
  const parts: Buffer[] = [];
  for (const character of path) {
    const code = character.codePointAt(0) ?? 0;
    const isByte = code >= byteBase + 0x80 && code <= byteBase + 0xff;
    parts.push(isByte ? Buffer.of(code - byteBase) : Buffer.from(character));
  }
  return Buffer.concat(parts);
}

/** A name or link target as readdir and readlink give it, as the text that stands for it everywhere else. */
export function decodePath(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  let decoded = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    const sequence = bytes.subarray(at, at + length);
    const character = sequence.toString('utf8');
    if (length > 0 && Buffer.from(character).equals(sequence)) {
      decoded += character;
      at += length;
    } else {
      decoded += String.fromCharCode(byteBase + (bytes[at] ?? 0));
      at += 1;
    }
  }
  return decoded;
}

/** How many bytes a UTF-8 sequence with this first byte has; 0 where none begins with it. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}
