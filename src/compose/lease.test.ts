import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import { type TakeOver, WorkloadLease } from './lease.ts';
import { type LeaseHolder, thisHolder } from './lease-holder.ts';

/** One Lease in memory, with the conflicts of an API server. */
class FakeLeases {
  object: KubernetesObject | undefined;
  #version = 0;

  readonly cluster = {
    get: async () => this.object,
    create: async (object: KubernetesObject) => {
      if (this.object !== undefined) throw conflict();
      return this.#store(object);
    },
    patch: async (_reference: unknown, patch: unknown) => {
      const { metadata, spec } = patch as { metadata: { resourceVersion: string }; spec: object };
      if (this.object === undefined) throw missing();
      if (metadata.resourceVersion !== this.object.metadata['resourceVersion']) throw conflict();
      return this.#store({
        ...this.object,
        metadata: { ...this.object.metadata, ...(patch as KubernetesObject).metadata },
        spec: { ...(this.object['spec'] as object), ...spec },
      });
    },
  } as unknown as Cluster;

  get spec(): Readonly<Record<string, unknown>> {
    return (this.object?.['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  }

  #store(object: KubernetesObject): KubernetesObject {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.object = { ...object, metadata };
    return this.object;
  }
}

function conflict(): KdevError {
  return new KdevError({ code: 'cluster-conflict', fault: 'environment', what: 'changed meanwhile' });
}

function missing(): KdevError {
  return new KdevError({
    code: 'cluster-rejected',
    fault: 'environment',
    what: 'gone',
    cause: { code: 404 },
  });
}

/** Time that goes on only by waiting; its wall clock is another one on each machine. */
class Machine {
  elapsed = 0;
  readonly #wall: number;
  readonly #timers: { readonly at: number; readonly run: () => void }[] = [];

  constructor(wall: number) {
    this.#wall = wall;
  }

  readonly clock: Clock = {
    now: () => this.#wall + this.elapsed,
    monotonic: () => this.elapsed,
    after: (ms, run) => {
      const timer = { at: this.elapsed + ms, run };
      this.#timers.push(timer);
      return () => {
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      };
    },
  };

  /** Lets time pass, timer by timer, with everything that follows from each. */
  async pass(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    for (;;) {
      await settled();
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      this.elapsed = due.at;
      due.run();
    }
    this.elapsed = end;
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const noon = Date.UTC(2026, 10, 21, 12);
const here = (root: string): LeaseHolder => thisHolder(root);
/** A session of another machine: only waiting tells whether it lives. */
const elsewhere = (user: string): LeaseHolder => ({
  ...thisHolder(`/home/${user}/shop`),
  user,
  host: `${user}-laptop`,
  machine: `boot of ${user}`,
});

function session(leases: FakeLeases, me: LeaseHolder, machine: Machine, takeOver: TakeOver = false) {
  const lost: string[] = [];
  const waiting: string[] = [];
  const options = {
    cluster: leases.cluster,
    namespace: 'shop',
    project: 'shop',
    workload: { kind: 'Deployment', name: 'web' } as const,
    me,
    takeOver,
    clock: machine.clock,
    onWaiting: (holder: string) => waiting.push(holder),
    onLost: (why: string) => lost.push(why),
  };
  return { lost, waiting, acquire: () => WorkloadLease.acquire(options, new AbortController().signal) };
}

describe('a workload’s Lease', () => {
  it('is taken where nobody has it, and given back', async () => {
    const leases = new FakeLeases();
    const lease = await session(leases, here('/a'), new Machine(noon)).acquire();
    expect(leases.spec).toMatchObject({
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-21T12:00:00.000000Z',
    });
    await lease.release(leases.cluster);
    expect(leases.spec).toMatchObject({ holderIdentity: null });
    await session(leases, elsewhere('lena'), new Machine(noon)).acquire();
  });

  it('of a session that lives on this machine is refused at once, with who has it and since when (M5)', async () => {
    const leases = new FakeLeases();
    await session(leases, here('/home/anna/shop'), new Machine(noon)).acquire();
    const error = await session(leases, here('/b'), new Machine(noon))
      .acquire()
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'service-held' });
    expect(error.what).toContain('/home/anna/shop');
    expect(error.what).toContain('2026-11-21 12:00:00 UTC');
    expect(error.cure).toContain('--take-over');
  });

  it('is asked for where a person can be asked: a no is a refusal, a yes takes it though its holder renews it meanwhile (M5)', async () => {
    const leases = new FakeLeases();
    const theirs = new Machine(noon);
    const holder = session(leases, here('/home/anna/shop'), theirs);
    await holder.acquire();
    const asked: string[] = [];
    const answer = (yes: boolean) => async (held: KdevError) => {
      asked.push(held.what);
      await theirs.pass(6_000);
      return yes;
    };
    const refused = session(leases, here('/b'), new Machine(noon), answer(false)).acquire();
    await expect(refused).rejects.toMatchObject({ code: 'service-held' });
    expect(holder.lost).toEqual([]);
    await session(leases, here('/b'), new Machine(noon), answer(true)).acquire();
    expect(asked).toEqual([expect.stringContaining('/home/anna/shop'), asked[0]]);
    await theirs.pass(6_000);
    expect(holder.lost).toEqual([expect.stringContaining('has taken web over')]);
  });

  it('of a session that was killed on this machine is taken at once', async () => {
    const leases = new FakeLeases();
    await session(leases, { ...here('/a'), startTime: '1' }, new Machine(noon)).acquire();
    const next = session(leases, here('/b'), new Machine(noon));
    await next.acquire();
    expect(next.waiting).toEqual([]);
  });

  it('that another machine renews is refused, whatever the clocks of the two say', async () => {
    const leases = new FakeLeases();
    const theirs = new Machine(noon - 3_600_000);
    const ours = new Machine(noon);
    await session(leases, elsewhere('lena'), theirs).acquire();
    const second = session(leases, elsewhere('otto'), ours);
    const refused = second.acquire().catch((thrown) => thrown);
    await ours.pass(4_000);
    await theirs.pass(6_000);
    await ours.pass(4_000);
    expect(await refused).toMatchObject({ code: 'service-held' });
    expect(second.waiting).toEqual([expect.stringContaining('lena on lena-laptop')]);
  });

  it('that another machine does not renew is taken once it was unchanged for its duration by the own clock', async () => {
    const leases = new FakeLeases();
    await session(leases, elsewhere('lena'), new Machine(noon + 3_600_000)).acquire();
    const ours = new Machine(noon);
    let taken = false;
    const next = session(leases, elsewhere('otto'), ours)
      .acquire()
      .then(() => {
        taken = true;
      });
    await ours.pass(14_500);
    expect(taken).toBe(false);
    await ours.pass(3_000);
    await next;
    expect(taken).toBe(true);
  });

  it('is taken over from whoever has it, who hears of it within a renewal (A29)', async () => {
    const leases = new FakeLeases();
    const theirs = new Machine(noon);
    const first = session(leases, elsewhere('lena'), theirs);
    const lost = await first.acquire();
    await session(leases, elsewhere('otto'), new Machine(noon), true).acquire();
    await theirs.pass(6_000);
    expect(first.lost).toEqual([
      `otto on otto-laptop (/home/otto/shop, process ${process.pid}) has taken web over`,
    ]);
    expect(() => lost.assertHeld()).toThrowError(/writes nothing more/);
    await theirs.pass(60_000);
    expect(leases.object?.metadata.annotations?.['kdev.dev/holder']).toContain('otto');
    expect(first.lost).toHaveLength(1);
  });

  it('that somebody deleted is made again by its holder, with its term', async () => {
    const leases = new FakeLeases();
    const machine = new Machine(noon);
    const lease = await session(leases, here('/a'), machine).acquire();
    await lease.noteTerm(7);
    leases.object = undefined;
    await machine.pass(6_000);
    expect(leases.spec).toMatchObject({ leaseTransitions: 7 });
    const error = await session(leases, here('/b'), machine)
      .acquire()
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'service-held' });
  });

  it('of a newer term is not taken back, also when nobody has it any more', async () => {
    const leases = new FakeLeases();
    const machine = new Machine(noon);
    const old = session(leases, elsewhere('lena'), machine);
    await (await old.acquire()).noteTerm(3);
    const newer = await session(leases, elsewhere('otto'), new Machine(noon), true).acquire();
    expect(newer.term).toBe(3);
    await newer.noteTerm(4);
    await newer.release(leases.cluster);
    await machine.pass(6_000);
    expect(old.lost).toHaveLength(1);
    expect(leases.spec).toMatchObject({ holderIdentity: null, leaseTransitions: 4 });
  });

  it('is given back also when a renewal of which nobody heard the answer came before', async () => {
    const leases = new FakeLeases();
    const machine = new Machine(noon);
    const lease = await session(leases, here('/a'), machine).acquire();
    const { patch } = leases.cluster;
    leases.cluster.patch = async (...call) => {
      await patch(...call);
      throw new Error('aborted');
    };
    await machine.pass(6_000);
    leases.cluster.patch = patch;
    await lease.release(leases.cluster);
    expect(leases.spec).toMatchObject({ holderIdentity: null });
  });

  it('that cannot be renewed for a while stays with its holder unless somebody took it', async () => {
    const leases = new FakeLeases();
    const machine = new Machine(noon);
    const mine = session(leases, here('/a'), machine);
    await mine.acquire();
    const { get } = leases.cluster;
    leases.cluster.get = async () => {
      throw new KdevError({ code: 'cluster-unreachable', fault: 'environment', what: 'no network' });
    };
    await machine.pass(120_000);
    leases.cluster.get = get;
    const before = leases.object?.metadata['resourceVersion'];
    await machine.pass(6_000);
    expect(leases.object?.metadata['resourceVersion']).not.toBe(before);
    expect(mine.lost).toEqual([]);
  });
});
