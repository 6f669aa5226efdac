import { printable } from '../output/printable.ts';
import type { Style } from '../output/style.ts';
import type { Explanation, MappingExplanation, ServiceExplanation } from './explain-path.ts';

/** One path of `kdev explain` for people. */
export function explainText({ asked, path, is, services }: Explanation, root: string, style: Style): string {
  const name = style.bold(printable(path ?? asked));
  if (is === 'outside')
    return `${name}  ${style.warn('outside')}\n  It is not below ${printable(root)}, so no mapping can reach it and nothing happens.`;
  const kind = is === 'missing' ? style.dim('not there (yet)') : style.dim(is === 'dir' ? 'directory' : is);
  const lines = services.flatMap((service) => serviceLines(service, is, style));
  if (lines.length === 0) lines.push('  No mapping and no rule names it: nothing happens when it changes.');
  return [`${name}  ${kind}`, ...lines].join('\n');
}

function serviceLines(
  { service, mappings, steps }: ServiceExplanation,
  is: Explanation['is'],
  style: Style,
): readonly string[] {
  const lines = [`  ${style.name(service)}`, ...mappings.map((each) => `    ${mappingText(each, style)}`)];
  if (mappings.length === 0) lines.push('    in no mapping');
  if (is === 'other') lines.push(`    ${style.warn('neither file, directory nor link, so it is left out')}`);
  if (steps.length === 0) lines.push(`    ${style.warn('nothing')} happens when it changes`);
  for (const { step, because, where, insteadOf } of steps) {
    const place = where === undefined ? '' : `  ${style.dim(printable(where))}`;
    lines.push(`    ${style.good(step.padEnd(7))} ${printable(because)}${place}`);
    if (insteadOf !== undefined)
      lines.push(`            ${style.dim(`in place of a rebuild by ${printable(insteadOf)}`)}`);
  }
  if (is === 'dir' && steps.length > 0)
    lines.push(`    ${style.dim('only files and links restart or rebuild: ask for one of those in it')}`);
  return lines;
}

function mappingText({ from, where, containerPath, ignored, shadowedBy }: MappingExplanation, style: Style) {
  const place = where === undefined ? '' : `  ${style.dim(printable(where))}`;
  const mapping = `${printable(from)} → ${printable(containerPath)}${place}`;
  if (ignored) {
    const rule = ignored.where === undefined ? '' : `  ${style.dim(printable(ignored.where))}`;
    const why = `${printable(ignored.pattern)}: ${ignored.reason}${rule}`;
    return `${mapping}\n      ${style.warn('ignored')} by ${why}`;
  }
  return shadowedBy === undefined
    ? mapping
    : `${mapping}\n      ${style.warn('covered')} by the later mapping of ${printable(shadowedBy)}`;
}
