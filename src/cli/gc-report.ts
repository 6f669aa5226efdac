import { count, formatBytes } from '../core/measures.ts';
import type { Collected } from '../gc/collect.ts';
import type { KeepReason } from '../gc/decide.ts';
import type { Style } from '../output/style.ts';
import { table } from './table.ts';

/** What `kdev gc --json` prints. */
export interface GcReport {
  /** `host[:port]`, as this machine reaches it; null where there is none yet. */
  readonly registry: string | null;
  /** Whether the bytes were freed too: not in a registry that is somebody else's, which frees them itself. */
  readonly ours: boolean;
  readonly dryRun: boolean;
  /** Of the registry's files; of kdev's images in it where it is somebody else's. */
  readonly bytesBefore: number;
  /** With `dryRun`, what it would be. */
  readonly bytesAfter: number;
  /** Below kdev's prefix, by repository. */
  readonly manifests: readonly GcManifest[];
}

export interface GcManifest {
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  /** RFC 3339; null where nobody knows. */
  readonly pushed: string | null;
  /** Why it stays; null when it goes. */
  readonly stays: KeepReason | null;
}

export function reportOf(
  collected: Collected,
  facts: Pick<GcReport, 'registry' | 'ours' | 'dryRun'>,
): GcReport {
  const reasons = new Map(collected.stays.map(({ manifest, reason }) => [manifest, reason]));
  const manifests = collected.manifests.map((manifest) => ({
    repository: manifest.repository,
    digest: manifest.digest,
    tags: manifest.tags,
    pushed: manifest.pushedAt === undefined ? null : new Date(manifest.pushedAt).toISOString(),
    stays: reasons.get(manifest) ?? null,
  }));
  const { bytesBefore, bytesAfter } = collected;
  return { ...facts, bytesBefore, bytesAfter, manifests };
}

/** Of a cluster whose registry is not there yet. */
export function noReport(dryRun: boolean): GcReport {
  return { registry: null, ours: true, dryRun, bytesBefore: 0, bytesAfter: 0, manifests: [] };
}

const columns: readonly (readonly [head: string, reasons: readonly KeepReason[]])[] = [
  ['IN USE', ['in-use']],
  ['NEWEST', ['newest']],
  ['YOUNG', ['young']],
  ['NAMED', ['named']],
  ['OTHER', ['part', 'unreadable']],
];

export function gcText(report: GcReport, style: Style): string {
  const { bytesAfter, bytesBefore, dryRun, manifests, ours, registry } = report;
  const goes = manifests.filter(({ stays }) => stays === null).length;
  const repositories = [...new Set(manifests.map(({ repository }) => repository))];
  const rows = repositories.map((repository) => {
    const all = manifests.filter((manifest) => manifest.repository === repository);
    const stay = columns.map(([, reasons]) =>
      String(all.filter(({ stays }) => stays !== null && reasons.includes(stays)).length),
    );
    const go = all.filter(({ stays }) => stays === null).length;
    return [repository, ...stay, go > 0 ? style.warn(String(go)) : '0'];
  });
  const head = ['REPOSITORY', ...columns.map(([name]) => name), dryRun ? 'WOULD GO' : 'GONE'];
  const sizes = `${formatBytes(bytesBefore)} → ${formatBytes(bytesAfter)}`;
  const verdict = dryRun
    ? `${count(goes, 'manifest')} would go: ${sizes}`
    : `${style.good('✓')} ${count(goes, 'manifest')} gone: ${sizes}`;
  const whose = ours
    ? ''
    : `\n${style.dim(`${registry} is somebody else’s: its own garbage collection frees the bytes.`)}`;
  const list = rows.length === 0 ? `${registry} holds nothing of kdev’s.` : table(head, rows);
  return `${list}\n${verdict}${whose}`;
}
