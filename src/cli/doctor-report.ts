import { count } from '../core/measures.ts';
import type { Area, Finding, FindingStatus } from '../doctor/finding.ts';
import type { Style } from '../output/style.ts';

/** What `kdev doctor --json` prints. */
export interface DoctorReport {
  /** Nothing fails; warnings may be there. */
  readonly healthy: boolean;
  readonly findings: readonly ReportedFinding[];
}

export interface ReportedFinding extends Omit<Finding, 'fix'> {
  /** What `--fix` would do about it. */
  readonly fix?: string;
}

export function reportOf(findings: readonly Finding[]): DoctorReport {
  return {
    healthy: findings.every(({ status }) => status !== 'fail'),
    findings: findings.map(({ fix, ...finding }) => ({ ...finding, ...(fix && { fix: fix.says }) })),
  };
}

const titles: Readonly<Record<Area, string>> = {
  machine: 'This machine',
  boxes: 'Boxes',
  project: 'Project',
  cluster: 'Cluster',
  permissions: 'Permissions',
  registry: 'Registry',
  builder: 'Builder',
};

/** One line a finding, by area; what has to be done below it. */
export function doctorText({ findings }: DoctorReport, style: Style): string {
  const mark: Readonly<Record<FindingStatus, string>> = {
    ok: style.good('✓'),
    warn: style.warn('!'),
    fail: style.bad('✗'),
    skipped: style.dim('–'),
  };
  const lines: string[] = [];
  for (const area of Object.keys(titles) as Area[]) {
    const here = findings.filter((finding) => finding.area === area);
    if (here.length === 0) continue;
    lines.push(style.bold(titles[area]));
    for (const { cure, fix, manifest, says, status } of here) {
      lines.push(`  ${mark[status]} ${says}`);
      if (cure !== undefined) lines.push(`    ${cure}`);
      if (fix !== undefined) lines.push(`    ${style.dim(`kdev doctor --fix can ${fix}`)}`);
      if (manifest !== undefined)
        lines.push(
          ...manifest
            .trimEnd()
            .split('\n')
            .map((line) => `      ${line}`),
        );
    }
  }
  return [...lines, '', verdictOf(findings, style)].join('\n');
}

function verdictOf(findings: DoctorReport['findings'], style: Style): string {
  const of = (status: FindingStatus): number => findings.filter((each) => each.status === status).length;
  const [fails, warnings, skipped] = [of('fail'), of('warn'), of('skipped')];
  const verdict =
    fails > 0 ? style.bad(`${count(fails, 'thing')} in the way`) : style.good('Nothing is in the way');
  const rest = [
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(skipped > 0 ? [`${skipped} not looked at`] : []),
  ];
  return [verdict, ...rest].join(', ');
}
