import { realpathSync } from 'node:fs';
import path from 'node:path';
import { withBuildDefaults } from '../compose/with-build-defaults.ts';
import { locateKeys } from '../config/locate-keys.ts';
import type { Project } from '../core/service.ts';
import { defaultIgnoreFile, IgnoreFile } from '../watch/ignore-file.ts';
import { createSelection } from '../watch/selection.ts';
import { type Explanation, explainPath } from './explain-path.ts';
import { findRulePlaces } from './rule-places.ts';

/** What `kdev explain --json` prints. */
export interface ExplainedPaths {
  readonly project: string;
  /** Absolute, links followed. */
  readonly root: string;
  readonly paths: readonly Explanation[];
}

/** Explains paths given relative to `cwd`, with the rules that a watch started now would have. */
export async function explainPaths(
  { project }: { readonly project: Project },
  asked: readonly string[],
  cwd: string,
): Promise<ExplainedPaths> {
  const root = realpathSync(project.root);
  const services = await Promise.all(project.services.map((each) => withBuildDefaults(each, project.root)));
  const ignoreFile = new IgnoreFile(root, defaultIgnoreFile);
  const selection = createSelection({
    scopes: services.flatMap(({ mappings }) => mappings),
    extraFiles: services.flatMap(({ rebuild, rebuildDefaults = [] }) => [...rebuild, ...rebuildDefaults]),
    ignoreFile: ignoreFile.text,
  });
  const here = realpathSync(cwd);
  const places = findRulePlaces({
    configFile: path.relative(here, realpathSync(project.configFile)),
    locate: locateKeys(project.configFile),
    configured: project.services,
    ignoreFile: path.relative(here, path.join(root, defaultIgnoreFile)),
    ignoreText: ignoreFile.text,
  });
  const facts = { cwd: here, root, services, selection, places };
  const paths = asked.map((each) => explainPath({ asked: each, ...facts }));
  return { project: project.name, root, paths };
}
