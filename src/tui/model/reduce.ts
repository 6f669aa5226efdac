import { noteOf, takeBuild, takeChange, takePlan, takeRestart, takeRollout, takeSynced } from './activity.ts';
import { type EventOf, type Model, noFacts, type ServiceFacts, type TimedEvent } from './model.ts';
import { takeProblem } from './problems.ts';
import { endSteps, takeStep } from './steps.ts';
import { takeTest } from './tests.ts';
import { countBuild, countRestart, countSave, countSync } from './totals.ts';

/** One event later. Equal models are the same object, so that nothing is drawn for nothing. */
export function reduce(model: Model, event: TimedEvent): Model {
  const at = Date.parse(event.time);
  const begun = model.since === 0 ? { ...model, since: at } : model;
  switch (event.event) {
    case 'step':
      return model.ready ? begun : { ...begun, steps: takeStep(model.steps, event.text, at) };
    case 'ready':
      return takeReady({ ...begun, ready: true, steps: endSteps(model.steps, at) }, event);
    case 'change':
      return { ...takeChange(begun, event, at), totals: countSave(model.totals) };
    case 'plan':
      return takePlan(begun, event, at);
    case 'synced':
      return { ...takeSynced(begun, event, at), totals: countSync(model.totals, event.stages.total) };
    case 'restarted': {
      const counted = onFacts(begun, event.service, (facts) => ({
        ...facts,
        restarts: facts.restarts + 1,
        crashed: without(facts.crashed, event.replica),
      }));
      return { ...takeRestart(counted, event, at), totals: countRestart(model.totals) };
    }
    case 'app':
      return takeApp(begun, event, at);
    case 'build': {
      const { state, reason, seq } = event;
      const build = { state, reason, at, ...(seq !== undefined && { seq }) };
      const told = onFacts(begun, event.service, (facts) => ({ ...facts, build }));
      return { ...takeBuild(told, event, at), totals: countBuild(model.totals, event.state) };
    }
    case 'rollout': {
      const { state, reason } = event;
      const told = onFacts(begun, event.service, (facts) => ({ ...facts, rollout: { state, reason, at } }));
      return takeRollout(told, event, at);
    }
    case 'log':
      return event.source === 'build' ? takeBuildLine(begun, event) : begun;
    case 'test':
      return { ...begun, tests: takeTest(model.tests, event, at) };
    case 'paused':
      return { ...begun, paused: event.paused };
    case 'problem':
      return { ...begun, problems: takeProblem(model.problems, event, at) };
    // What ran says itself in the logs; a step that failed is a problem.
    case 'ran':
    case 'end':
      return begun;
    default:
      return event satisfies never;
  }
}

function takeReady(model: Model, { services }: EventOf<'ready'>): Model {
  return services.reduce(
    (so, { service, urls }) => onFacts(so, service, (facts) => ({ ...facts, urls })),
    model,
  );
}

function takeApp(model: Model, event: EventOf<'app'>, at: number): Model {
  const { service, replica, state } = event;
  if (state !== 'held') {
    return onFacts(model, service, (facts) => ({ ...facts, crashed: without(facts.crashed, replica) }));
  }
  const how = event.signal === undefined ? `exit code ${event.exitCode ?? 0}` : `signal ${event.signal}`;
  const told = onFacts(model, service, (facts) => ({
    ...facts,
    crashed: { ...facts.crashed, [replica]: how },
  }));
  const text = `the app in ${replica} ended by itself: ${how}`;
  return noteOf(told, { at, service, tone: 'bad', text });
}

/** A build's last line stands for its progress. */
function takeBuildLine(model: Model, { service, line }: EventOf<'log'>): Model {
  return onFacts(model, service, (facts) =>
    facts.build?.state === 'started' ? { ...facts, build: { ...facts.build, line } } : facts,
  );
}

function onFacts(model: Model, service: string, change: (facts: ServiceFacts) => ServiceFacts): Model {
  const before = model.facts[service] ?? noFacts;
  const after = change(before);
  return after === before ? model : { ...model, facts: { ...model.facts, [service]: after } };
}

function without(record: Readonly<Record<string, string>>, key: string): Readonly<Record<string, string>> {
  if (!(key in record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
