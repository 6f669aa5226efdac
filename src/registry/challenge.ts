/** What a registry wants to see, from the header of a 401 (RFC 9110 §11.6.1, the distribution token specification). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** URL of the token server. */
      readonly realm: string;
      readonly service?: string;
      readonly scope?: string;
    };

/** Undefined where the header asks for nothing that is known. */
export function readChallenge(header: string | null): Challenge | undefined {
  if (header === null) return undefined;
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  const given = new Map<string, string>();
  for (const [, name = '', quoted, plain] of rest.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)) {
    given.set(name.toLowerCase(), quoted ?? plain ?? '');
  }
  const realm = given.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const service = given.get('service');
  const scope = given.get('scope');
  return {
    scheme: 'bearer',
    realm,
    ...(service !== undefined && { service }),
    ...(scope !== undefined && { scope }),
  };
}
