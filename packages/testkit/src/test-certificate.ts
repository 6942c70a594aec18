import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Files of a certificate that signed itself, valid for `localhost` and `127.0.0.1` for two days. */
export interface TestCertificate {
  /** The certificate, PEM: also what a client must trust. */
  readonly certFile: string;
  /** Its private key, PEM. */
  readonly keyFile: string;
}

/**
 * Makes a certificate in `folder`, with `openssl`.
 *
 * @throws Error when there is no `openssl`; see `skipWithout`
 */
export async function makeTestCertificate(folder: string): Promise<TestCertificate> {
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const request = ['req', '-x509', '-days', '2', '-out', certFile];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await promisify(execFile)('openssl', request.concat(key, names));
  return { certFile, keyFile };
}
