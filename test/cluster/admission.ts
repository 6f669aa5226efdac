import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { temporaryDir } from '../temporary-dir.ts';

const name = 'kdev-test-images';

interface Review {
  readonly request: { readonly uid: string; readonly object: KubernetesObject };
}

/** A webhook of this process that spells the images of a namespace's pods and workloads in another way. */
export async function mutateImages(
  cluster: Cluster,
  namespace: string,
  spell: (image: string) => string,
): Promise<{ stop(): Promise<void> }> {
  const host = await ownAddress();
  const { key, cert, remove } = await certificateFor(host);
  const server = createServer({ key, cert }, async (request, response) => {
    const { uid, object } = ((await json(request)) as Review).request;
    const patch = Buffer.from(JSON.stringify(patchesFor(object, spell))).toString('base64');
    const answer = { uid, allowed: true, patchType: 'JSONPatch', patch };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await cluster.apply(
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: `${name}.kdev.dev`,
          clientConfig: { url: `https://${host}:${port}/`, caBundle: Buffer.from(cert).toString('base64') },
          rules: [
            {
              apiGroups: ['', 'apps'],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['pods', 'deployments'],
            },
          ],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
        },
      ],
    },
    { force: true },
  );
  return {
    stop: async () => {
      await cluster.delete({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        name,
      });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await remove();
    },
  };
}

function patchesFor(object: KubernetesObject, spell: (image: string) => string): object[] {
  const isPod = object.kind === 'Pod';
  const owner = (isPod ? object : (object['spec'] as { template: object }).template) as {
    readonly spec: Readonly<Record<string, readonly { readonly image: string }[] | undefined>>;
  };
  const base = isPod ? '/spec' : '/spec/template/spec';
  return (owner.spec['containers'] ?? []).flatMap(({ image }, index) =>
    image.includes(':spelled@')
      ? []
      : [{ op: 'replace', path: `${base}/containers/${index}/image`, value: spell(image) }],
  );
}

/** This machine's end of the link to the box. */
async function ownAddress(): Promise<string> {
  const text = await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8');
  const { clusters } = parse(text) as { clusters: [{ cluster: { server: string } }] };
  const [, net, last] = /^(\d+\.\d+\.\d+)\.(\d+)$/.exec(new URL(clusters[0].cluster.server).hostname) ?? [];
  return `${net}.${Number(last) - 1}`;
}

async function certificateFor(host: string) {
  const dir = await temporaryDir('kdev-admission-');
  const [keyFile, certFile] = ['key.pem', 'cert.pem'].map((file) => path.join(dir.path, file)) as [
    string,
    string,
  ];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=IP:${host}`];
  const files = ['-keyout', keyFile, '-out', certFile, '-days', '1'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    ...files,
    ...subject,
  ]);
  return { key: await readFile(keyFile), cert: await readFile(certFile, 'utf8'), remove: () => dir.remove() };
}
