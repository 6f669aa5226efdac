import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDir } from '../temporary-dir.ts';
import { testCluster } from './cluster.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');
const sources = {
  example: path.join(repository, 'examples', 'e2e-k8s-demo'),
  layer: path.join(repository, 'test', 'fixtures', 'layer'),
  /** Two images that read one list. */
  builds: path.join(repository, 'test', 'fixtures', 'builds'),
  workloads: path.join(repository, 'test', 'fixtures', 'workloads'),
};

/** For `edit`: the app's port is opened on any free one of this machine. */
export const anyLocalPort = ['ports: [8080]', "ports: ['0:8080']"] as const;

/** A copy of a project that a test may change, and a namespace of its own on the shared box. */
export interface TestProject {
  readonly dir: string;
  readonly namespace: string;
  /** `--context`, `--namespace`: where every kdev of the test works. */
  readonly flags: readonly string[];
  /** Writes like an editor that replaces the file: a draft beside it, then a rename. */
  save(file: string, content: string): Promise<void>;
  /** Saves a file with one text in it replaced; the text must be there. */
  edit(file: string, from: string, to: string): Promise<void>;
  /** Removes the copy and the namespace. */
  remove(): Promise<void>;
}

export async function makeProject(source: keyof typeof sources, namespace: string): Promise<TestProject> {
  const temporary = await temporaryDir(`kdev-${namespace}-`);
  const dir = temporary.path;
  await cp(sources[source], dir, { recursive: true });
  const cluster = await testCluster();
  const save = async (file: string, content: string): Promise<void> => {
    const draft = path.join(dir, `${file}.tmp.${process.pid}`);
    await writeFile(draft, content);
    await rename(draft, path.join(dir, file));
  };
  const edit = async (file: string, from: string, to: string): Promise<void> => {
    const text = await readFile(path.join(dir, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    await save(file, text.replace(from, to));
  };
  // Tests run side by side on one machine, and a person may have the example running.
  if (source === 'example') await edit('dev.config.ts', ...anyLocalPort);
  return {
    dir,
    namespace,
    flags: ['--context', cluster.context, '--namespace', namespace],
    save,
    edit,
    remove: async () => {
      await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
      await temporary.remove();
    },
  };
}
