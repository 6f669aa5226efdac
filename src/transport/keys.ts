import ssh2 from 'ssh2';

/** Two ed25519 key pairs in OpenSSH's formats: the sidecar's host key and the one key that may log in to it. */
export interface SshKeys {
  readonly hostKey: string;
  /** One line: type, base64, comment. */
  readonly hostPublicKey: string;
  readonly clientKey: string;
  /** The client's public key, as a line of an authorized_keys file. */
  readonly authorizedKeys: string;
}

export function generateKeys(): SshKeys {
  const host = generateKeyPair('kdev-host');
  const client = generateKeyPair('kdev-client');
  return {
    hostKey: host.private,
    hostPublicKey: host.public,
    clientKey: client.private,
    authorizedKeys: `${client.public}\n`,
  };
}

/** About one pair in 256 comes out of ssh2 1.17 in a form that ssh2 itself refuses to read: the next one is good. */
function generateKeyPair(comment: string): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    const parsed = [pair.private, pair.public].map((key) => ssh2.utils.parseKey(key));
    if (!parsed.some((key) => key instanceof Error)) return pair;
  }
}
