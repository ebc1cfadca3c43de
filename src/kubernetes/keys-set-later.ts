/** Labels that Kubernetes copies from a node to its pods since version 1.35. */
const ofNodes = /^topology\.kubernetes\.io\//;
/**
 * Labels and annotations that the controllers of Kubernetes set on their pods.
 * Source: https://kubernetes.io/docs/reference/labels-annotations-taints/
 */
const ofControllers =
  /^(?:pod-template-hash|pod-template-generation|controller-revision-hash|controller-uid|job-name|(?:apps|batch|statefulset)\.kubernetes\.io\/.*)$/;
/**
 * Annotations that admission plugins, network plugins, and service meshes set on every pod that they handle.
 * Sources: kubernetes/kubernetes plugin/pkg/admission/limitranger, openshift/apiserver-library-go,
 * k8snetworkplumbingwg/multus-cni, projectcalico/calico, ovn-org/ovn-kubernetes, istio/istio
 */
const ofPlugins =
  /^(?:kubernetes\.io\/limit-ranger|openshift\.io\/scc|k8s\.v1\.cni\.cncf\.io\/.*|cni\.projectcalico\.org\/.*|k8s\.ovn\.org\/.*|(?:sidecar\.)?istio\.io\/.*)$/;

/**
 * Reports whether Kubernetes or one of its plugins sets a label or annotation on a pod that a manifest does not set, after the
 * manifest is applied. `isTemplate` tells whether the pod has a controller.
 */
export function isSetLater(map: 'labels' | 'annotations', key: string, isTemplate: boolean): boolean {
  return ofNodes.test(key) || (isTemplate && ofControllers.test(key)) || (map === 'annotations' && ofPlugins.test(key));
}

const subscripted = /^metadata\.(labels|annotations)\['(.*)'\]$/;

/** A label or annotation that a field of the downward API shows. */
export interface SubscriptedField {
  readonly map: 'labels' | 'annotations';
  readonly key: string;
}

/** Returns the label or annotation that a field path names: `metadata.labels['app']`; undefined for any other field. */
export function subscriptOf(fieldPath: string): SubscriptedField | undefined {
  const [, map, key = ''] = subscripted.exec(fieldPath) ?? [];
  return map === 'labels' || map === 'annotations' ? { map, key } : undefined;
}
