import type { Command } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'what is missing or forbidden here, each with its cure',
  description:
    'Looks at this machine, the configuration, the cluster, what you may do in it, the registry and the builder, and ' +
    'says what to do about what is in the way; where that is an administrator’s to do, with the manifest to apply. Works ' +
    'without a project and without a cluster: what was not looked at is said. Changes nothing, except with --fix. Ends ' +
    'with 1 when something is in the way.',
  options: [
    ['--fix', 'do what can be done safely: install packages, raise limits; says what, and asks'],
    ['--test-pull', 'let a node of the cluster pull a small image from the registry, too'],
  ],
  examples: [
    ['kdev doctor', 'everything about this folder, machine and cluster'],
    ['kdev doctor --context staging --namespace shop', 'whether you could develop there'],
    ['kdev doctor --fix --yes', 'mend what can be mended without a question'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { runCheck } = await import('../../doctor/finding.ts');
    const { doctorChecks } = await import('../doctor-checks.ts');
    const { fixFindings } = await import('../doctor-fix.ts');
    const { findDoctorPlace } = await import('../doctor-place.ts');
    const { doctorText, reportOf } = await import('../doctor-report.ts');
    const { answer, flags, options, reporter, signal, style } = invocation;
    const look = async () => {
      reporter.step('looking');
      const checks = doctorChecks(await findDoctorPlace(invocation), invocation);
      return (await Promise.all(checks.map((check) => runCheck(check, signal)))).flat();
    };
    let findings = await look();
    if (options['fix'] === true && (await fixFindings(findings, invocation))) findings = await look();
    const report = reportOf(findings);
    answer(flags.json ? JSON.stringify(report, undefined, 2) : doctorText(report, style));
    return report.healthy ? 0 : 1;
  },
};
