import { version } from '../../../src/version.ts';
import {
  deployment,
  mistakes,
  pod,
  replicaSet,
  requests,
  type ScanCase,
  status,
  withFlags,
  workload,
} from './scan-case.ts';

/** Findings about workloads. */
export const workloadCases: readonly ScanCase[] = [
  { name: 'nothing for a correct template', workloads: [workload('Deployment', requests)], found: [] },
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob'].map(
    (kind): ScanCase => ({
      name: `a ${kind} whose template would be denied`,
      workloads: [workload(kind, mistakes)],
      found: [`template-denied ${kind} shop/web`],
      says: /its pods will be denied.*spec\.(jobTemplate\.spec\.)?template\.metadata.annotations.*did you mean.*kubectl -n shop edit/s,
    }),
  ),
  {
    name: 'with onInvalid warn that pods will not be injected',
    workloads: [workload('Deployment', mistakes)],
    view: (good) => withFlags(good, { onInvalid: 'warn' }),
    found: ['template-denied Deployment shop/web'],
    says: /its pods will not be injected/,
  },
  {
    name: 'an annotation on the workload itself',
    workloads: [workload('Deployment', {}, requests)],
    found: ['misplaced Deployment shop/web'],
    says: /it has no effect here; move it to spec.template.metadata.annotations/,
  },
  {
    name: 'annotations with a misspelled prefix, on the workload and on its template',
    workloads: [workload('CronJob', { 'downlink.io/env': 'pod' }, { 'dowlink.dev/volume': 'labels' })],
    found: ['misspelled-prefix CronJob shop/web'],
    says: /^annotations have a prefix that Downlink does not read\nmetadata.annotations\[dowlink.dev\/volume\]: .*did you mean downlink.dev\/volume\?\nspec.jobTemplate.spec.template.metadata.annotations\[downlink.io\/env\]: .*\ncorrect the keys: kubectl -n shop edit cronjob\/web$/,
  },
  {
    name: 'nothing for a ReplicaSet of a Deployment',
    workloads: [workload('ReplicaSet', mistakes, {}, [{ kind: 'Deployment', name: 'web', controller: true }])],
    found: [],
  },
  {
    name: 'nothing for a template in an excluded namespace',
    workloads: [workload('Deployment', mistakes, {}, [], 'kube-system')],
    found: [],
  },
  {
    name: 'the template only, if its pods have the same mistakes',
    workloads: [workload('Deployment', mistakes)],
    pods: [
      pod({ ...mistakes, ...status(version) }, { ownerReferences: [replicaSet] }),
      pod(mistakes, { name: 'two', ownerReferences: [replicaSet] }),
    ],
    view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
    found: ['template-denied Deployment shop/web', 'not-injected Deployment shop/web 1'],
  },
];
