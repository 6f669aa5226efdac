import type { Activity, EventOf, Model, Note, Outcome, Save } from './model.ts';

/** How many rows are remembered. */
export const keptActivity = 500;

/** A set of saved files. */
export function takeChange(model: Model, { seq, paths, files }: EventOf<'change'>, at: number): Model {
  return append(model, { type: 'save', seq, at, paths, files, outcomes: [] });
}

/** What a service makes of it. */
export function takePlan(model: Model, { service, seq, steps }: EventOf<'plan'>, at: number): Model {
  return onOutcome(model, seq, service, at, (outcome) => ({ ...outcome, steps }));
}

export function takeSynced(model: Model, event: EventOf<'synced'>, at: number): Model {
  const { service, seq, files, bytes, replicas, stages } = event;
  const synced = { files, bytes, stages, at, replicas: replicas.length };
  return onOutcome(model, seq, service, at, (outcome) => ({ ...outcome, synced }));
}

/** Belongs to the newest save that asked for one and has not got it in that replica; else somebody asked for it. */
export function takeRestart(model: Model, event: EventOf<'restarted'>, at: number): Model {
  const { service, replica, oldPid, newPid, ms } = event;
  const owed = model.activity.findLast(
    (each): each is Save => each.type === 'save' && each.outcomes.some((outcome) => isOwed(outcome, event)),
  );
  if (!owed) {
    const text = `${replica} restarted in ${Math.round(ms)} ms, pid ${oldPid > 0 ? `${oldPid} → ` : ''}${newPid}`;
    return noteOf(model, { at, service, tone: 'good', text });
  }
  return onOutcome(model, owed.seq, service, at, (outcome) => ({
    ...outcome,
    restarts: [...outcome.restarts, { replica, oldPid, newPid, ms, at }],
  }));
}

/** A build contains every save up to its number; one that was cancelled is taken up by the next. */
export function takeBuild(model: Model, { service, state, ms, seq }: EventOf<'build'>, at: number): Model {
  const saves = savesAwaitingImage(model, service, seq);
  if (saves.length > 0) {
    const build = { state, ...(ms !== undefined && { ms }) };
    return onEach(model, saves, service, at, ({ build: _before, ...outcome }) =>
      state === 'cancelled' ? outcome : { ...outcome, build },
    );
  }
  if (!model.ready || state === 'started') return model;
  const tone = state === 'failed' ? 'bad' : state === 'cancelled' ? 'plain' : 'good';
  return noteOf(model, { at, service, tone, text: noteTexts[state] });
}

const noteTexts = {
  cached: 'image cached',
  done: 'image built',
  failed: 'the image could not be built',
  cancelled: 'the build was cancelled',
} as const;

export function takeRollout(
  model: Model,
  { service, state, reason, ms }: EventOf<'rollout'>,
  at: number,
): Model {
  const rollout = { state, ...(ms !== undefined && { ms }) };
  const saves = savesAwaitingImage(model, service, model.facts[service]?.build?.seq);
  if (saves.length > 0) return onEach(model, saves, service, at, (outcome) => ({ ...outcome, rollout }));
  if (!model.ready || state === 'started') return model;
  const text = state === 'stuck' ? `the rollout is stuck: ${reason}` : 'rolled out';
  return noteOf(model, { at, service, tone: state === 'stuck' ? 'bad' : 'good', text });
}

export function noteOf(model: Model, note: Omit<Note, 'type'>): Model {
  return append(model, { type: 'note', ...note });
}

function isOwed({ service, steps, restarts }: Outcome, event: EventOf<'restarted'>): boolean {
  return (
    service === event.service &&
    steps.some(({ step }) => step === 'restart') &&
    !restarts.some(({ replica }) => replica === event.replica)
  );
}

/** Numbers of the saves of a service, up to one, that asked for an image whose rollout is not over. */
function savesAwaitingImage(
  model: Model,
  service: string,
  upTo = Number.POSITIVE_INFINITY,
): readonly number[] {
  return model.activity.flatMap((each) =>
    each.type === 'save' &&
    each.seq <= upTo &&
    each.outcomes.some((outcome) => outcome.service === service && awaitsImage(outcome))
      ? [each.seq]
      : [],
  );
}

function onEach(
  model: Model,
  saves: readonly number[],
  service: string,
  at: number,
  change: (outcome: Outcome) => Outcome,
): Model {
  return saves.reduce((so, seq) => onOutcome(so, seq, service, at, change), model);
}

function awaitsImage({ steps, build, rollout }: Outcome): boolean {
  return (
    steps.some(({ step }) => step === 'rebuild') && build?.state !== 'failed' && rollout?.state !== 'done'
  );
}

function onOutcome(
  model: Model,
  seq: number,
  service: string,
  at: number,
  change: (outcome: Outcome) => Outcome,
): Model {
  const index = model.activity.findLastIndex((each) => each.type === 'save' && each.seq === seq);
  const found = model.activity[index];
  // Older than what is remembered, or from before this screen began to listen.
  if (found?.type !== 'save') return seq === 0 ? model : append(model, unseen(seq, at, service, change));
  const outcomes = found.outcomes.some((outcome) => outcome.service === service)
    ? found.outcomes.map((outcome) => (outcome.service === service ? change(outcome) : outcome))
    : [...found.outcomes, change({ service, steps: [], restarts: [] })];
  return { ...model, activity: model.activity.with(index, { ...found, outcomes }) };
}

function unseen(seq: number, at: number, service: string, change: (outcome: Outcome) => Outcome): Save {
  const outcome = change({ service, steps: [], restarts: [] });
  return { type: 'save', seq, at, paths: [], files: outcome.synced?.files ?? 0, outcomes: [outcome] };
}

function append(model: Model, row: Activity): Model {
  return { ...model, activity: [...model.activity, row].slice(-keptActivity) };
}
