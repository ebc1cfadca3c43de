/** A permission that a scan needs. */
export interface ScanPermission {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly verb: 'get' | 'list';
  /** What the scan reads with it. */
  readonly purpose: string;
}

const workloads = 'the pod templates, and the owners of pods';

/** All permissions that a scan needs. Without the first, it fails; without another, it reports what it cannot read. */
export const scanPermissions: readonly ScanPermission[] = [
  { apiGroup: '', resources: ['pods'], verb: 'list', purpose: 'what they request and what they have' },
  {
    apiGroup: 'apps',
    resources: ['replicasets', 'deployments', 'statefulsets', 'daemonsets'],
    verb: 'list',
    purpose: workloads,
  },
  { apiGroup: 'batch', resources: ['jobs', 'cronjobs'], verb: 'list', purpose: workloads },
  { apiGroup: '', resources: ['replicationcontrollers'], verb: 'list', purpose: workloads },
  {
    apiGroup: '',
    resources: ['namespaces'],
    verb: 'get',
    purpose: 'the labels by which webhooks select, with --namespace',
  },
  {
    apiGroup: '',
    resources: ['namespaces'],
    verb: 'list',
    purpose: 'the labels by which webhooks select, with --all-namespaces',
  },
  {
    apiGroup: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    verb: 'list',
    purpose: 'whether the webhook is registered, and its CAs',
  },
  {
    apiGroup: '',
    resources: ['services', 'endpoints'],
    verb: 'get',
    purpose: 'whether the webhook can be called, in its namespace',
  },
  {
    apiGroup: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verb: 'list',
    purpose: 'whether the webhook can be called, in its namespace on Kubernetes 1.21 and later',
  },
  {
    apiGroup: '',
    resources: ['configmaps'],
    verb: 'get',
    purpose: "the webhook's profiles, in its namespace",
  },
  {
    apiGroup: '',
    resources: ['secrets'],
    verb: 'get',
    purpose: "when the webhook's certificate expires, in its namespace",
  },
];
