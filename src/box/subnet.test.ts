import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSubnet, routesOf } from './choose-subnet.ts';
import {
  addressesIn,
  candidateSubnets,
  formatSubnet,
  overlaps,
  parseSubnet,
  requireBoxSubnet,
} from './subnet.ts';

const subnet = (text: string) => {
  const parsed = parseSubnet(text);
  if (!parsed) throw new Error(text);
  return parsed;
};

test('a subnet is read and written back by its first address', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 32 }),
      (address, prefix) => {
        const size = 2 ** (32 - prefix);
        const expected = { base: Math.floor(address / size) * size, prefix };
        expect(parseSubnet(formatSubnet(expected))).toEqual(expected);
      },
    ),
  );
});

test.each([
  ['10.0.0.0/22', '10.0.3.255', true],
  ['10.0.0.0/22', '10.0.4.0/24', false],
  ['10.0.4.0/22', '10.0.0.0/8', true],
  ['192.168.0.0/16', '10.0.0.0/8', false],
])('%s and %s overlap: %s', (a, b, expected) => {
  expect(overlaps(subnet(a), subnet(b))).toBe(expected);
  expect(overlaps(subnet(b), subnet(a))).toBe(expected);
});

test('a box’s link, pods and services are apart and inside its subnet', () => {
  for (const candidate of candidateSubnets()) {
    const { link, pods, services } = addressesIn(candidate);
    const parts = [link, pods, services].map(subnet);
    for (const part of parts) {
      expect(overlaps(part, candidate)).toBe(true);
      expect(parts.filter((other) => overlaps(part, other))).toEqual([part]);
    }
  }
});

test('the addresses of a box follow from its subnet', () => {
  expect(addressesIn(subnet('10.213.4.0/22'))).toEqual({
    link: '10.213.4.0/30',
    host: '10.213.4.1',
    box: '10.213.4.2',
    pods: '10.213.5.0/24',
    services: '10.213.6.0/24',
    apiService: '10.213.6.1',
    dnsService: '10.213.6.10',
  });
});

test.each(['', 'box', '10.213.4.0', '10.213.4.0/24', '10.213.5.0/22', '300.0.0.0/22', '10.213.4.0/22 '])(
  '"%s" is no subnet for a box',
  (text) => {
    expect(() => requireBoxSubnet(text)).toThrow(
      expect.objectContaining({ code: 'box-subnet-invalid', fault: 'user' }),
    );
  },
);

test('the first subnet that nothing uses is chosen', () => {
  const used = ['10.213.0.0/22', '10.213.6.7'].map((text) => ({ subnet: subnet(text), by: 'a test' }));
  expect(formatSubnet(chooseSubnet(undefined, used))).toBe('10.213.8.0/22');
});

test('a subnet that is asked for and in use is an error that says by whom', () => {
  const used = [{ subnet: subnet('10.99.0.0/16'), by: 'the route of tun0' }];
  expect(() => chooseSubnet('10.99.4.0/22', used)).toThrow(
    expect.objectContaining({
      code: 'box-subnet-in-use',
      what: 'The subnet 10.99.4.0/22 is in use: the route of tun0 has 10.99.0.0/16.',
    }),
  );
});

test('where all of them are in use, that is said', () => {
  const used = [{ subnet: subnet('10.0.0.0/8'), by: 'the route of eth0' }];
  expect(() => chooseSubnet(undefined, used)).toThrow(
    expect.objectContaining({ code: 'box-subnets-exhausted' }),
  );
});

test('the kernel’s table of routes is understood, and its default route is nobody’s', () => {
  const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;
  expect(routesOf(table)).toEqual([{ subnet: subnet('192.0.2.0/24'), by: 'the route of eth0' }]);
});
