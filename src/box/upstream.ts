import { KdevError } from '../core/error.ts';

/** @throws KdevError `box-upstream-invalid` when the text is no http or https URL without a path. */
export function checkUpstream(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !text.includes('"')) return;
  throw new KdevError({
    code: 'box-upstream-invalid',
    fault: 'user',
    what: `"${text}" cannot be the upstream registry of a box.`,
    why: 'It must be the URL of a registry, with http or https and without a path.',
    cure: `Write for example "http://${/^[\w.-]+(:\d+)?$/.test(text) ? text : 'registry.example:5000'}".`,
  });
}
