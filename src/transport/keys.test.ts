import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { generateKeys } from './keys.ts';

it('every generated key can be read again', () => {
  for (let count = 0; count < 600; count++) {
    const { hostKey, hostPublicKey, clientKey, authorizedKeys } = generateKeys();
    for (const key of [hostKey, hostPublicKey, clientKey, authorizedKeys]) {
      expect(ssh2.utils.parseKey(key)).not.toBeInstanceOf(Error);
    }
  }
});
