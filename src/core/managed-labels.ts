import { labels } from './pod-layout.ts';

/** The labels by which kdev finds again what it made for a project. */
export function managedLabels(project: string): Readonly<Record<string, string>> {
  return { [labels.managedBy]: 'true', [labels.project]: labelValue(project) };
}

/** A label's value: letters, digits, `-`, `_`, `.`; at most 63, beginning and ending with a letter or digit. */
export function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}
