import type { Command } from '../command.ts';

export const portForward: Command = {
  name: 'port-forward',
  args: [
    ['[SERVICE]', 'may be left out where there is only one'],
    [
      '[PORT...]',
      '8080, 9000:8080 (here:there) or :8080 (any free one); default: those of the configuration',
    ],
  ],
  summary: 'ports of this machine that lead to a service',
  description:
    'Each connection goes to a replica that is ready at that moment, and waits for one: the ports stay open through ' +
    'rollouts, replaced pods and cuts of the link, until Ctrl-C.',
  options: [
    ['--address ADDRESS', 'of this machine, to listen on (default: 127.0.0.1)'],
    ['--replica POD', 'only this one'],
  ],
  examples: [
    ['kdev port-forward adder 9000:8080', 'http://127.0.0.1:9000 is port 8080 of adder'],
    ['kdev port-forward db 5432 --address 0.0.0.0', 'for other machines, too'],
    ['kdev port-forward adder :8080 --json', 'any free port; the ready event has its address'],
  ],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    const { openProject } = await import('../open-project.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { chooseService } = await import('../../config/choose-services.ts');
    const { KdevError } = await import('../../core/error.ts');
    const { forwardPorts } = await import('../../compose/forward-ports.ts');
    const { looksLikePort, readPort } = await import('../read-ports.ts');
    const { chooseReplica, listReplicas } = await import('../replicas.ts');
    const { answer, args, bus, flags, options, signal, style } = invocation;
    const [first = ''] = args;
    const named = first !== '' && !looksLikePort(first);
    const asked = (named ? args.slice(1) : args).map(readPort);
    const { project, environment } = await openProject(invocation);
    const service = chooseService(project, named ? first : undefined);
    const ports = asked.length > 0 ? asked : service.ports;
    if (ports.length === 0) {
      throw new KdevError({
        code: 'usage',
        fault: 'user',
        what: `No port is named, and the configuration has none for ${service.name}.`,
        cure: `Name one: kdev port-forward ${service.name} 8080`,
      });
    }
    const { cluster } = await openCluster(environment, invocation, false);
    const { namespace } = environment;
    const place = { cluster, namespace, service, signal };
    const replica = typeof options['replica'] === 'string' ? options['replica'] : undefined;
    // Who asks for what is not there hears so now, not at the first connection.
    await chooseReplica({ ...place, replica });
    const address = typeof options['address'] === 'string' ? options['address'] : '127.0.0.1';
    const forwards = await forwardPorts({ ...place, ports, address, replica, bus });
    const urls = forwards.map(
      ({ local }) => `http://${address.includes(':') ? `[${address}]` : address}:${local}`,
    );
    if (flags.json) {
      const replicas = (await listReplicas(place)).length;
      const services = [{ service: service.name, replicas, urls }];
      bus.emit({ event: 'ready', services, environment: environment.name, context: cluster.context });
    } else {
      for (const { local, remote } of forwards)
        answer(`${style.bold(`${address}:${local}`)} → port ${remote} of ${service.name}`);
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return 0;
  },
};
