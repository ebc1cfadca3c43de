import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isMap, isPair, parse, parseDocument, visit } from 'yaml';
import { chart } from '../../deploy/render.ts';
import { type Manifest, only } from '../support/manifests.ts';
import { render, set, skip } from './render-chart.ts';

describe('the values', { skip }, () => {
  test('all have a comment', async () => {
    const document = parseDocument(await readFile(join(chart, 'values.yaml'), 'utf8'));
    const uncommented: string[] = [];
    visit(document, {
      Pair(_, { key, value }, path) {
        if (isMap(value) && value.items.length > 0) return;
        const parents = path.filter(isPair).map((pair) => String(pair.key));
        const parent = path.at(-1);
        const isFirst = isMap(parent) && parent.items[0]?.key === key;
        const comment = (key as Manifest).commentBefore ?? (isFirst ? parent.commentBefore : undefined);
        if (!comment) uncommented.push([...parents, key].join('.'));
      },
    });
    assert.deepEqual(uncommented, []);
  });

  test('are those of the schema', async () => {
    const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8'));
    const values = parse(await readFile(join(chart, 'values.yaml'), 'utf8'));
    const setByParents = ['enabled'];
    const compare = (known: Manifest, actual: Manifest, path: string) => {
      if (known.properties === undefined) return;
      if (path !== '.global') assert.equal(known.additionalProperties, false, path); // shared with other charts
      const names = Object.keys(known.properties).filter((name) => path !== '' || !setByParents.includes(name));
      assert.deepEqual(Object.keys(actual).toSorted(), names.toSorted(), path);
      for (const name of names)
        if (path !== '.affinity') compare(known.properties[name], actual[name], `${path}.${name}`);
    };
    const { affinity, ...rest } = schema.properties; // its parts have no defaults
    assert.equal(affinity.additionalProperties, false);
    const { affinity: _, ...restOfValues } = values;
    compare({ ...schema, properties: rest }, restOfValues, '');
  });

  test('cannot override the labels that the selectors and the webhook use', async () => {
    const args = ['labels', 'podLabels'].flatMap((group) =>
      ['app\\.kubernetes\\.io/name', 'downlink\\.dev/component'].flatMap((key) => set(`${group}.${key}=mine`)),
    );
    const { labels } = only(await render(...args), 'Deployment').spec.template.metadata;
    assert.equal(labels['app.kubernetes.io/name'], 'downlink');
    assert.equal(labels['downlink.dev/component'], 'webhook');
  });
});
