/** A rule of RBAC. */
export interface Right {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly verb: 'get' | 'list';
  readonly why: string;
}

/** Everything that a scan asks for. Without the first it says nothing; without others it says what it could not see. */
export const scanRights: readonly Right[] = [
  { apiGroup: '', resources: ['pods'], verb: 'list', why: 'what they asked for and got' },
  {
    apiGroup: 'apps',
    resources: ['replicasets', 'deployments', 'statefulsets', 'daemonsets'],
    verb: 'list',
    why: 'their templates, and whose pods are whose',
  },
  {
    apiGroup: 'batch',
    resources: ['jobs', 'cronjobs'],
    verb: 'list',
    why: 'their templates, and whose pods are whose',
  },
  {
    apiGroup: '',
    resources: ['replicationcontrollers'],
    verb: 'list',
    why: 'their templates, and whose pods are whose',
  },
  {
    apiGroup: '',
    resources: ['namespaces'],
    verb: 'get',
    why: 'with --namespace: its labels, which webhooks select by',
  },
  {
    apiGroup: '',
    resources: ['namespaces'],
    verb: 'list',
    why: 'with --all-namespaces: their labels, which webhooks select by',
  },
  {
    apiGroup: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    verb: 'list',
    why: 'whether the webhook is registered, and its CAs',
  },
  {
    apiGroup: '',
    resources: ['services', 'endpoints'],
    verb: 'get',
    why: "in the webhook's namespace: whether it can be called",
  },
  {
    apiGroup: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verb: 'list',
    why: "in the webhook's namespace, on Kubernetes 1.21 and later: whether it can be called",
  },
  {
    apiGroup: '',
    resources: ['secrets'],
    verb: 'get',
    why: "in the webhook's namespace, its own: when its certificate ends",
  },
];
