import type { Model, Problem } from './model.ts';

/** What stands in the way at this moment: the problems that were told, and what is wrong with services. Oldest first. */
export function standingProblems({ problems, facts }: Model): readonly Problem[] {
  // A rebuild that failed, or whose rollout did, is told by who asked for it.
  const told = new Set(problems.map(({ key }) => key));
  const found: Problem[] = [];
  for (const [service, { build, rollout, crashed }] of Object.entries(facts)) {
    if (build?.state === 'failed' && !told.has(`rebuild/${service}`)) {
      found.push({
        ...{ key: `build/${service}`, code: 'build-failed', service, since: build.at },
        message: `The image of ${service} could not be built; its pods run on. ${build.reason}`,
        cure: 'Correct what the build says and save.',
      });
    }
    if (rollout?.state === 'stuck' && build?.state !== 'failed' && !told.has(`rebuild/${service}`)) {
      found.push({
        ...{ key: `rollout/${service}`, service, since: rollout.at },
        message: `The rollout of ${service} is stuck: ${rollout.reason}`,
        cure: 'Correct the manifests or the code and save; the logs may say more.',
      });
    }
    for (const [replica, how] of Object.entries(crashed)) {
      found.push({
        ...{ key: `crash/${replica}`, service, replica, since: 0 },
        message: `The app in ${replica} ended by itself (${how}); its container stays.`,
        cure: 'The logs say why. The next save starts it again, and so does r.',
      });
    }
  }
  return [...problems, ...found];
}
