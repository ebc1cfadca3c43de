import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Command } from 'commander';
import { encodeCaBundle } from '../certificates/certificate.ts';
import { writeCertificates } from '../certificates/certificate-files.ts';
import { issueAuthority, issueCertificate } from '../certificates/issue-certificate.ts';
import { messageOf } from '../diagnostics/text.ts';
import { day } from '../time/duration.ts';
import type { Invocation } from './invocation.ts';
import { UsageError } from './usage-error.ts';

interface CertsFlags {
  readonly out: string;
  readonly dns: readonly string[];
  readonly days: string;
}

/** `downlink certs`: creates a CA and a serving certificate for local use. */
export function certsCommand(invocation: Invocation): Command {
  return new Command('certs')
    .description('Create a CA and a serving certificate for local use, and print the caBundle')
    .requiredOption('--out <dir>', 'folder for ca.crt, tls.crt, and tls.key; created if it does not exist')
    .requiredOption('--dns <name...>', 'DNS names and IP addresses of the certificate')
    .option('--days <n>', 'validity in days', '365')
    .addHelpText(
      'after',
      '\nExample:\n  $ downlink certs --out certs/local --dns downlink.downlink.svc localhost 127.0.0.1',
    )
    .action((flags: CertsFlags) => createCertificates(flags, invocation));
}

async function createCertificates({ out, dns, days }: CertsFlags, { stdout, stderr }: Invocation): Promise<void> {
  const wrong = dns.find((name) => !isIP(name) && !isDnsName(name));
  if (wrong !== undefined)
    throw new UsageError(`--dns: ${JSON.stringify(wrong)} is not a DNS name; for example downlink.downlink.svc`);
  if (!/^[1-9]\d{0,3}$/.test(days))
    throw new UsageError(`--days: ${JSON.stringify(days)} is not a number of days from 1 to 9999; for example 365`);
  const now = new Date();
  const lifetime = Number(days) * day;
  const authority = await issueAuthority({ commonName: 'Downlink local CA', now, lifetime });
  const pair = await issueCertificate(authority, { names: dns, now, lifetime });
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw new UsageError(`--out: cannot create ${out}: ${messageOf(error)}`);
  });
  await writeCertificates(out, authority.certificate, pair);
  stderr.write(`wrote ca.crt, tls.crt, and tls.key to ${out}; the caBundle for clientConfig:\n`);
  stdout.write(`${encodeCaBundle([authority.certificate])}\n`);
}

function isDnsName(name: string): boolean {
  return (
    name.length <= 253 &&
    /^(?:\*\.)?(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i.test(name)
  );
}
