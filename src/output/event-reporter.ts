import type { Bus } from '../core/event.ts';
import type { Reporter } from '../core/reporter.ts';

/** Turns what long work says into `step` events; details go to `onDetail`, which shows them with --verbose. */
export function eventReporter(
  bus: Bus,
  options: { readonly service?: string; readonly onDetail?: (text: string) => void } = {},
): Reporter {
  const { service, onDetail } = options;
  return {
    step: (text) => bus.emit({ event: 'step', text, ...(service !== undefined && { service }) }),
    detail: (text) => onDetail?.(text),
  };
}
