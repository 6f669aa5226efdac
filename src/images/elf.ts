/** What a program or library for Linux says about itself. */
export interface ElfFacts {
  /** Debian's and Go's name of the processor, or `other`. */
  readonly architecture: 'amd64' | 'arm64' | 'other';
  /** Names of the libraries it is linked to (DT_NEEDED); empty for a static program. */
  readonly needed: readonly string[];
  /** Path of the loader that starts it; absent for libraries and static programs. */
  readonly interpreter?: string;
}

const architectures: Readonly<Record<number, ElfFacts['architecture']>> = { 62: 'amd64', 183: 'arm64' };
const segmentTypes = { load: 1, dynamic: 2, interpreter: 3 } as const;
const dynamicTags = { end: 0n, needed: 1n, stringTable: 5n } as const;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/**
 * Reads the headers of a 64-bit little-endian ELF file (elf(5)). Returns undefined for anything else: a script, a
 * data file.
 */
export function readElf(bytes: Buffer): ElfFacts | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const segments = readSegments(bytes);
  const interpreter = segments.find((segment) => segment.type === segmentTypes.interpreter);
  return {
    architecture: architectures[bytes.readUInt16LE(18)] ?? 'other',
    needed: readNeeded(bytes, segments),
    ...(interpreter ? { interpreter: readText(bytes, interpreter.offset) } : {}),
  };
}

function readSegments(bytes: Buffer): Segment[] {
  const table = Number(bytes.readBigUInt64LE(32));
  const entrySize = bytes.readUInt16LE(54);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = table + index * entrySize;
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: bytes.readBigUInt64LE(at + 16),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}

function readNeeded(bytes: Buffer, segments: readonly Segment[]): string[] {
  const dynamic = segments.find((segment) => segment.type === segmentTypes.dynamic);
  if (!dynamic) return [];
  const names: number[] = [];
  let stringTable = 0n;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    const tag = bytes.readBigInt64LE(at);
    if (tag === dynamicTags.end) break;
    if (tag === dynamicTags.needed) names.push(Number(bytes.readBigUInt64LE(at + 8)));
    if (tag === dynamicTags.stringTable) stringTable = bytes.readBigUInt64LE(at + 8);
  }
  const loaded = segments.find(
    ({ type, address, size }) =>
      type === segmentTypes.load && address <= stringTable && stringTable < address + BigInt(size),
  );
  if (!loaded) return [];
  const strings = loaded.offset + Number(stringTable - loaded.address);
  return names.map((name) => readText(bytes, strings + name));
}

function readText(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}
