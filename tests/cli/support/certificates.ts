import { writeFile } from 'node:fs/promises';
import { CertificateAuthority } from '../../../packages/sip-core/src/node/testing/certificates';
import { folder } from './files';

/** An authority for the current test, and what it gives out, as files. */
export async function certificates() {
  const file = await folder();
  const authority = await CertificateAuthority.create();
  await writeFile(file('ca.pem'), authority.certificate);
  return {
    ca: file('ca.pem'),
    file,
    /** A certificate and its key for these names, to be given by `--cert` and `--key`. */
    async issue(name: string, content: Parameters<CertificateAuthority['issue']>[0]) {
      const issued = await authority.issue(content);
      const [cert, key] = [file(`${name}.pem`), file(`${name}-key.pem`)];
      await writeFile(cert, issued.cert);
      await writeFile(key, issued.key);
      return { ...issued, args: ['--cert', cert, '--key', key] };
    },
  };
}
