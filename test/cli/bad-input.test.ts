import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { answerJson, type FakeApiServer, startFakeApiServer } from '../fakes/api-server.ts';
import { makePlace, type Place, runKdev, smallProject } from './kdev-command.ts';

const places: Place[] = [];
const servers: FakeApiServer[] = [];

afterEach(async () => {
  for (const place of places.splice(0)) place.remove();
  for (const server of servers.splice(0)) await server.close();
});

function makeProject(files: Readonly<Record<string, string>>): Place {
  const place = makePlace(files);
  places.push(place);
  return place;
}

function withConfig(config: string): Place {
  return makeProject({ ...smallProject, 'dev.config.ts': config });
}

function writeKubeconfig(place: Place, text: string): void {
  writeFileSync(String(place.env['KUBECONFIG']), text);
}

const deadServer = JSON.stringify({
  clusters: [{ name: 'dead', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'dead', user: { token: 'x' } }],
  contexts: [{ name: 'dead', context: { cluster: 'dead', user: 'dead' } }],
  'current-context': 'dead',
});

describe('a configuration', () => {
  it('that is not there: says where it looked', async () => {
    const place = makeProject({});
    const { code, stderr } = await runKdev(place, 'up');
    expect(stderr).toContain('config-missing');
    expect(stderr).toContain(place.root);
    expect(stderr).toContain('--config');
    expect(code).toBe(2);
  });

  it('that throws: names file and line', async () => {
    const place = withConfig('const port: number = 1;\nthrow new Error("no " + port);\n');
    const { code, stderr } = await runKdev(place, 'watch');
    expect(stderr).toContain('config-throws');
    expect(stderr).toContain('at   dev.config.ts:2\n');
    expect(stderr).toContain('no 1');
    expect(code).toBe(2);
  });

  it('with an unknown key: names it, its line and what was meant', async () => {
    const { code, stderr } = await runKdev(
      withConfig("export default {\n  manifests: 'k8s',\n  services: { adder: { sinc: {} } },\n};\n"),
      'up',
    );
    expect(stderr).toContain('config-invalid');
    expect(stderr).toContain('dev.config.ts:3');
    expect(stderr).toContain('services.adder.sinc');
    expect(stderr).toContain('did you mean sync?');
    expect(code).toBe(2);
  });

  it('with a mapping outside the tree', async () => {
    const { code, stderr } = await runKdev(
      withConfig(
        "export default { manifests: 'k8s', services: { a: { sync: { '../etc': '/etc/app' } } } };\n",
      ),
      'up',
    );
    expect(stderr).toContain('mapping-outside');
    expect(stderr).toContain('../etc');
    expect(code).toBe(2);
  });

  it('without the environment that was asked for: lists those that exist', async () => {
    const { code, stderr } = await runKdev(makeProject(smallProject), 'up', '--env', 'locla');
    expect(stderr).toContain('environment-unknown');
    expect(stderr).toContain('The environments are local.');
    expect(stderr).toContain('--env local');
    expect(code).toBe(2);
  });

  it('without the service that was asked for: lists those that exist', async () => {
    const { code, stderr } = await runKdev(makeProject(smallProject), 'up', 'ader');
    expect(stderr).toContain('service-unknown');
    expect(stderr).toContain('Did you mean adder?');
    expect(code).toBe(2);
  });

  it('that protects the environment: nothing is written without the explicit flag (S1)', async () => {
    const config = smallProject['dev.config.ts'].replace(
      "manifests: 'k8s',",
      "environments: { live: { manifests: 'k8s', protected: true } },",
    );
    const { code, stderr } = await runKdev(withConfig(config), 'up');
    expect(stderr).toContain('environment-protected');
    expect(stderr).toContain('--allow-protected');
    expect(code).toBe(2);
  });

  it.each(['2', '2MB', '100k', 'fast'])('with --limit %s: says what a rate is', async (rate) => {
    const { code, stderr } = await runKdev(makeProject(smallProject), 'up', '--limit', rate);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`at least 256k, not "${rate}"`)]);
  });

  it('that prints leaves stdout to kdev', async () => {
    const config = `console.log('hello from the configuration');\n${smallProject['dev.config.ts']}`;
    const place = withConfig(config);
    writeKubeconfig(place, deadServer);
    const { stdout, stderr } = await runKdev(place, 'up', '--json');
    expect(stderr).toContain('hello from the configuration');
    for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

describe('a cluster', () => {
  it('that cannot be reached: names its address and ends with 3', async () => {
    const place = makeProject(smallProject);
    writeKubeconfig(place, deadServer);
    const { code, stderr } = await runKdev(place, 'status');
    expect(stderr).toContain('cluster-unreachable');
    expect(stderr).toContain('127.0.0.1:1');
    expect(code).toBe(3);
  });

  it('that cannot be reached: down says so at once and changes nothing (A30)', async () => {
    const place = makeProject(smallProject);
    writeKubeconfig(place, deadServer);
    const { code, stderr } = await runKdev(place, 'down');
    expect(stderr).toContain('cluster-unreachable');
    expect(code).toBe(3);
  });

  it('behind a context that does not exist: lists those that do', async () => {
    const place = makeProject(smallProject);
    writeKubeconfig(place, deadServer);
    const { code, stderr } = await runKdev(place, 'status', '--context', 'deda');
    expect(stderr).toContain('context-unknown');
    expect(stderr).toContain('dead');
    expect(code).toBe(2);
  });

  it('behind a kubeconfig that does not parse: names the file (X8)', async () => {
    const place = makeProject(smallProject);
    writeKubeconfig(place, 'clusters: [\n');
    const { code, stderr } = await runKdev(place, 'status');
    expect(stderr).toContain('kubeconfig-invalid');
    expect(stderr).toContain(String(place.env['KUBECONFIG']));
    expect(code).toBe(2);
  });

  it('that forbids: says which verb on what', async () => {
    const server = await startFakeApiServer({
      answer: (request, response) => {
        if (request.url?.startsWith('/version')) return answerJson(response, 200, { gitVersion: 'v1.34.4' });
        answerJson(response, 403, {
          kind: 'Status',
          status: 'Failure',
          reason: 'Forbidden',
          code: 403,
          message: 'deployments.apps is forbidden: User "eve" cannot list resource "deployments"',
        });
      },
    });
    servers.push(server);
    const place = makeProject(smallProject);
    writeKubeconfig(place, server.kubeconfig);
    const { code, stderr } = await runKdev(place, 'status');
    expect(stderr).toContain('list');
    expect(stderr).toContain('deployments');
    expect(code).toBe(3);
  });
});

describe('with --json, a failure', () => {
  it('is a problem and an end on stdout, each one line of JSON, and words on stderr', async () => {
    const { code, stdout, stderr } = await runKdev(makeProject({}), 'up', '--json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toEqual([
      {
        event: 'problem',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        key: 'config-missing',
        code: 'config-missing',
        message: expect.stringContaining('dev.config.ts'),
        cure: expect.stringContaining('--config'),
        resolved: false,
      },
      {
        event: 'end',
        time: expect.any(String),
        exitCode: 2,
        reason: expect.stringContaining('dev.config.ts'),
      },
    ]);
    expect(stderr).toContain('config-missing');
    expect(code).toBe(2);
  });
});

describe('an error', () => {
  it('shows no stack unless --verbose asks for it', async () => {
    const place = makeProject({});
    expect((await runKdev(place, 'up')).stderr).not.toContain('    at ');
    expect((await runKdev(place, 'up', '--verbose')).stderr).toContain('    at ');
  });

  it('has no colours without a terminal', async () => {
    const { stderr } = await runKdev(makeProject({}), 'up');
    expect(stderr).not.toContain('\x1b');
  });
});

describe('an installation that was never built', () => {
  it('says what to run', async () => {
    const place = makeProject({});
    const bin = readFileSync(path.join(import.meta.dirname, '../../bin/kdev'), 'utf8');
    const copy = makeProject({ 'bin/kdev.mjs': bin });
    const { spawnSync } = await import('node:child_process');
    const { status, stderr } = spawnSync(process.execPath, [path.join(copy.root, 'bin/kdev.mjs')], {
      cwd: place.root,
      encoding: 'utf8',
    });
    expect(stderr).toContain('npm ci');
    expect(status).toBe(3);
  });
});
