import { KdevError } from '../core/error.ts';

/** An IPv4 network: `base` is its first address as an unsigned 32-bit number. */
export interface Subnet {
  readonly base: number;
  readonly prefix: number;
}

/** The addresses of a box, cut out of its /22. */
export interface BoxAddresses {
  /** The /30 between host and box. */
  readonly link: string;
  readonly host: string;
  readonly box: string;
  readonly pods: string;
  readonly services: string;
  /** The API server's service: always the first of the service range. */
  readonly apiService: string;
  readonly dnsService: string;
}

export const boxPrefix = 22;

export function parseSubnet(text: string): Subnet | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const octets = match.slice(1, 5).map(Number);
  const prefix = Number(match[5] ?? 32);
  if (octets.some((octet) => octet > 255) || prefix > 32) return undefined;
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  return { base: Math.floor(address / size) * size, prefix };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet.base)}/${subnet.prefix}`;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.base < b.base + 2 ** (32 - b.prefix) && b.base < a.base + 2 ** (32 - a.prefix);
}

/** The /22 networks that are tried in turn where none is asked for: all of 10.213.0.0/16. */
export function* candidateSubnets(): Generator<Subnet> {
  for (let third = 0; third < 256; third += 4)
    yield { base: (10 * 256 + 213) * 65_536 + third * 256, prefix: boxPrefix };
}

export function addressesIn({ base }: Subnet): BoxAddresses {
  return {
    link: `${formatAddress(base)}/30`,
    host: formatAddress(base + 1),
    box: formatAddress(base + 2),
    pods: `${formatAddress(base + 256)}/24`,
    services: `${formatAddress(base + 512)}/24`,
    apiService: formatAddress(base + 513),
    dnsService: formatAddress(base + 522),
  };
}

/** @throws KdevError `box-subnet-invalid` when the text is no IPv4 /22 given by its first address. */
export function requireBoxSubnet(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (subnet?.prefix === boxPrefix && formatSubnet(subnet) === text) return subnet;
  throw new KdevError({
    code: 'box-subnet-invalid',
    fault: 'user',
    what: `"${text}" cannot be the subnet of a box.`,
    why: `It must be an IPv4 network of prefix length ${boxPrefix}, written by its first address.`,
    cure: 'Write for example "10.213.4.0/22".',
  });
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
