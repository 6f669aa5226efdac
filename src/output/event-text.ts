import type { KdevEvent, SyncStages } from '../core/event.ts';
import { count, formatBytes, formatMs } from '../core/measures.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

export interface TextOptions {
  readonly style: Style;
  readonly colours: boolean;
  readonly verbose: boolean;
  /** The change set that the event's `seq` belongs to. */
  readonly change?: { readonly paths: readonly string[]; readonly files: number } | undefined;
}

/** What a person reads of an event, without time and service; undefined for what is not worth a line. */
export function eventText(event: KdevEvent, options: TextOptions): string | undefined {
  const { style, verbose } = options;
  switch (event.event) {
    case 'step':
      return event.text;
    case 'ready':
      return readyText(event, style);
    case 'change':
      return verbose ? style.dim(`#${event.seq} changed: ${pathsOf(event)}`) : undefined;
    case 'plan':
      return planText(event, options);
    case 'synced':
      return `${style.good('✓')} ${syncedText(event, options)}`;
    case 'restarted': {
      // An app that had ended by itself has no former process.
      const [what, pids] =
        event.oldPid > 0
          ? ['restarted', `pid ${event.oldPid} → ${event.newPid}`]
          : ['started again', `pid ${event.newPid}`];
      return `${style.good('✓')} ${event.replica} ${what} in ${formatMs(event.ms)}  ${style.dim(pids)}`;
    }
    case 'ran': {
      const how =
        event.exitCode === 0 ? 'ran' : event.timedOut ? 'took too long' : `ended with code ${event.exitCode}`;
      const mark = event.exitCode === 0 ? style.good('✓') : style.bad('✗');
      return `${mark} ${event.replica} ${printable(event.command)} ${how}  ${style.dim(formatMs(event.ms))}`;
    }
    case 'app':
      return appText(event, options);
    case 'build':
      return buildText(event, style);
    case 'rollout':
      return rolloutText(event, style);
    case 'log': {
      // A build tells its steps; what they print is for those who ask for it.
      if (event.source === 'build' && !verbose) return undefined;
      const whose = event.source === 'build' ? 'build' : event.replica;
      return `${style.dim(`${whose} │`)} ${printable(event.line, options.colours)}`;
    }
    case 'problem':
      return problemText(event, style);
    case 'test':
      return testText(event, style);
    case 'paused':
      return event.paused
        ? `${style.warn('!')} syncing is paused: saves wait here`
        : `${style.good('✓')} syncing goes on`;
    case 'end':
      return verbose ? style.dim(`ended: ${event.reason}`) : undefined;
    default:
      return event satisfies never;
  }
}

type Event<Name extends KdevEvent['event']> = Extract<KdevEvent, { readonly event: Name }>;

function readyText({ services, environment, context }: Event<'ready'>, style: Style): string {
  const parts = services.map(({ service, replicas, urls }) =>
    [service, style.dim(count(replicas, 'replica')), ...urls.map((url) => style.bold(url))].join(' '),
  );
  return `${style.good('✓')} ready: ${parts.join(', ')}  ${style.dim(`${environment} · ${context}`)}`;
}

/** A sync or a restart is soon told by what comes of it; a rebuild or a run step takes long, so its reason is told beforehand. */
function planText(
  { seq, steps }: Event<'plan'>,
  { style, verbose, change }: TextOptions,
): string | undefined {
  const heavy = steps.filter(({ step }) => verbose || step === 'rebuild' || step === 'run');
  if (heavy.length === 0) return undefined;
  const what = heavy.map(({ step, reason }) => `${step} ${style.dim(`(${printable(reason)})`)}`);
  return `${style.warn('→')} #${seq} ${change ? `${pathsOf(change)}: ` : ''}${what.join(', ')}`;
}

function syncedText(event: Event<'synced'>, { style, change }: TextOptions): string {
  const what = change && change.files > 0 ? pathsOf(change) : count(event.files, 'file');
  const where = event.replicas.length === 1 ? '' : ` in ${count(event.replicas.length, 'replica')}`;
  const size = event.files > 1 ? `${count(event.files, 'file')}, ${formatBytes(event.bytes)}, ` : '';
  const facts = style.dim(`${size}${stagesText(event.stages)}`);
  return `#${event.seq} ${what} live${where} after ${style.bold(formatMs(event.stages.total))}  ${facts}`;
}

function stagesText({ total: _, ...stages }: SyncStages): string {
  return Object.entries(stages)
    .map(([stage, ms]) => `${stage} ${formatMs(ms)}`)
    .join(' · ');
}

function appText(event: Event<'app'>, { style, verbose }: TextOptions): string | undefined {
  if (event.state === 'held') {
    const how = event.signal === undefined ? `exit code ${event.exitCode ?? 0}` : `signal ${event.signal}`;
    return `${style.warn('!')} the app in ${event.replica} ended (${how}); its container stays, the next save starts it again`;
  }
  if (event.stale && event.state === 'running') {
    return `${style.warn('!')} ${event.replica} runs the code of its image, without the edits since`;
  }
  return verbose ? style.dim(`the app in ${event.replica} is ${event.state}`) : undefined;
}

function buildText({ state, reason, image, ms, seq }: Event<'build'>, style: Style): string {
  const took = ms === undefined ? '' : ` in ${formatMs(ms)}`;
  const of = image === undefined ? '' : `  ${style.dim(shortImage(image))}`;
  switch (state) {
    case 'started':
      return `${style.warn('→')} building the image${withSeq(seq)} ${style.dim(`(${printable(reason)})`)}`;
    case 'cached':
      return `${style.good('✓')} the image is up to date${of}`;
    case 'done':
      return `${style.good('✓')} image built${took}${of}`;
    case 'failed':
      return `${style.bad('✗')} the image could not be built; the pods run on  ${style.dim(printable(reason))}`;
    case 'cancelled':
      return `${style.warn('→')} the build was cancelled ${style.dim(`(${printable(reason)})`)}`;
    default:
      return state satisfies never;
  }
}

/** The edit that a build contains; before the first one there is nothing to tell. */
function withSeq(seq: number | undefined): string {
  return seq === undefined || seq === 0 ? '' : ` with #${seq}`;
}

/** The digest cut to what tells two images apart. */
function shortImage(image: string): string {
  return image.replace(/@sha256:([0-9a-f]{12})[0-9a-f]*$/, '@$1');
}

function rolloutText({ state, reason, ms }: Event<'rollout'>, style: Style): string {
  switch (state) {
    case 'started':
      return `${style.warn('→')} rolling out ${style.dim(`(${printable(reason)})`)}`;
    case 'done':
      return `${style.good('✓')} rolled out${ms === undefined ? '' : ` in ${formatMs(ms)}`}`;
    case 'stuck':
      return `${style.bad('✗')} the rollout is stuck: ${printable(reason)}`;
    default:
      return state satisfies never;
  }
}

function testText(
  { suite, state, replica, digest, ms, exitCode, outdated, reason }: Event<'test'>,
  style: Style,
): string {
  const where = style.dim(`${replica} · ${digest.slice(0, 12)}`);
  const took = ms === undefined ? '' : ` in ${formatMs(ms)}`;
  const late = outdated ? `  ${style.warn('a save came in between: run it again')}` : '';
  switch (state) {
    case 'started':
      return `${style.warn('→')} ${suite}  ${where}`;
    case 'passed':
      return `${style.good('✓')} ${suite} passed${took}  ${where}${late}`;
    case 'failed':
      return `${style.bad('✗')} ${suite} failed${took}  ${style.dim(`exit code ${exitCode ?? 1} ·`)} ${where}${late}`;
    case 'broken':
      return `${style.bad('✗')} ${suite} could not run: ${printable(reason ?? '')}  ${where}`;
    case 'stopped':
      return `${style.warn('!')} ${suite} was stopped${took}: ${printable(reason ?? '')}  ${where}`;
    default:
      return state satisfies never;
  }
}

/** Continues a line under its text: as wide as the time and the space before it. */
const indent = ' '.repeat(9);

function problemText({ code, message, cure, path, resolved, key }: Event<'problem'>, style: Style): string {
  const where = path === undefined ? '' : `${printable(path)}: `;
  const [what = '', ...more] = message.split('\n').map((line) => printable(line));
  if (resolved) return `${style.good('✓')} over: ${what === '' ? key : what}`;
  const lines = [
    `${style.bad('✗')} ${where}${what}  ${style.dim(code)}`,
    ...more.map((line) => indent + line),
  ];
  if (cure !== undefined) lines.push(`${indent}${style.dim('do')} ${printable(cure)}`);
  return lines.join('\n');
}

function pathsOf({ paths, files }: { readonly paths: readonly string[]; readonly files: number }): string {
  const [first = ''] = paths;
  if (files === 1) return printable(first);
  const named = paths.slice(0, 3).map((path) => printable(path));
  return files > named.length ? `${named.join(', ')} and ${files - named.length} more` : named.join(', ');
}
