import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Command } from 'commander';
import { encodeCaBundle } from '../certificates/certificate.ts';
import { writeCertificates } from '../certificates/certificate-files.ts';
import { issueAuthority, issueCertificate } from '../certificates/issue-certificate.ts';
import { messageOf } from '../diagnostics/text.ts';
import { day } from '../time/duration.ts';
import { UsageError } from './usage-error.ts';

/** `downlink certs`: makes a CA and a serving certificate for local use. */
export function certsCommand(): Command {
  return new Command('certs')
    .description('Make a CA and a serving certificate: ca.crt, tls.crt and tls.key; print the caBundle')
    .requiredOption('--out <dir>', 'folder to write to; it is made where it does not exist')
    .requiredOption('--dns <name...>', 'names that the certificate is for; IP addresses may stand among them')
    .option('--days <n>', 'days for which it is valid', '365')
    .addHelpText(
      'after',
      '\nExample:\n  $ downlink certs --out certs/local --dns downlink.downlink.svc localhost 127.0.0.1',
    )
    .action(run);
}

async function run({ out, dns, days }: { out: string; dns: readonly string[]; days: string }): Promise<void> {
  const wrong = dns.find((name) => !isIP(name) && !isDnsName(name));
  if (wrong !== undefined)
    throw new UsageError(`--dns: ${JSON.stringify(wrong)} is no DNS name; for example downlink.downlink.svc`);
  if (!/^[1-9]\d{0,3}$/.test(days))
    throw new UsageError(`--days: ${JSON.stringify(days)} is no number of days from 1 to 9999; for example 365`);
  const now = new Date();
  const lifetime = Number(days) * day;
  const authority = await issueAuthority({ commonName: 'Downlink local CA', now, lifetime });
  const pair = await issueCertificate(authority, { names: dns, now, lifetime });
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw new UsageError(`--out: cannot make ${out}: ${messageOf(error)}`);
  });
  await writeCertificates(out, authority.certificate, pair);
  process.stderr.write(`wrote ca.crt, tls.crt and tls.key to ${out}; the caBundle for clientConfig:\n`);
  process.stdout.write(`${encodeCaBundle([authority.certificate])}\n`);
}

function isDnsName(name: string): boolean {
  return (
    name.length <= 253 &&
    /^(?:\*\.)?(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i.test(name)
  );
}
