import assert from 'node:assert/strict';
import { request } from 'node:http';

/** Values by series, `name{label="value"}`, as Prometheus reads them. */
export type Samples = ReadonlyMap<string, number>;

/** The samples of the Prometheus text format. */
export function parse(text: string): Samples {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, series = '', value = ''] = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      assert.notEqual(series, '', `no sample: ${line}`);
      return [series, Number(value)];
    }),
  );
}

/** Returns the samples of `/metrics`, and the content type. */
export function scrape(
  healthPort: number,
): Promise<{ samples: Samples; text: string; contentType: string | undefined }> {
  return new Promise((resolve, reject) => {
    request({ port: healthPort, host: '127.0.0.1', path: '/metrics', agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ samples: parse(text), text, contentType: response.headers['content-type'] });
      });
    })
      .on('error', reject)
      .end();
  });
}
