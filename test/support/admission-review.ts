/** Returns the AdmissionReview that an API server sends when the pod is created; `changes` override parts of its request. */
export function reviewOf(pod: unknown, namespace = 'default', changes: object = {}) {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const { name } = (pod as { metadata?: { name?: string } } | null)?.metadata ?? {};
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      ...(name !== undefined && { name }),
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'admin', groups: ['system:authenticated'] },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...changes,
    },
  };
}

/** Returns the AdmissionReview for an object of any kind, which is named by its `apiVersion` and `kind`. */
export function workloadReviewOf(object: unknown, changes: object = {}, namespace = 'default') {
  const { apiVersion = '', kind = '' } = (object ?? {}) as { apiVersion?: string; kind?: string };
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const objectKind = { group, version, kind };
  const resource = { group, version, resource: `${String(kind).toLowerCase()}s` };
  return reviewOf(object, namespace, {
    kind: objectKind,
    resource,
    requestKind: objectKind,
    requestResource: resource,
    ...changes,
  });
}

/** Returns the AdmissionReview that carries a response, as a webhook sends it. */
export function answerOf(response: object) {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}
