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
  const host = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'kdev-host' });
  const client = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'kdev-client' });
  return {
    hostKey: host.private,
    hostPublicKey: host.public,
    clientKey: client.private,
    authorizedKeys: `${client.public}\n`,
  };
}
