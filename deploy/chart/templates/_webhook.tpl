{{/* Annotations of both webhook configurations. */}}
{{- define "downlink.webhookAnnotations" -}}
{{- $annotations := .Values.webhook.annotations -}}
{{- if eq .Values.certificates.mode "cert-manager" -}}
{{- $source := printf "%s/%s" .Release.Namespace (include "downlink.name" .) -}}
{{- $annotations = merge (dict "cert-manager.io/inject-ca-from" $source) $annotations -}}
{{- end -}}
{{- with $annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where the API server sends the reviews; called with a list of the root context and the path. */}}
{{- define "downlink.clientConfig" -}}
{{- $root := index . 0 -}}
clientConfig:
  # no caBundle: the server (or cert-manager) keeps it
  service:
    name: {{ include "downlink.name" $root }}
    namespace: {{ $root.Release.Namespace }}
    path: {{ index . 1 }}
    port: 443
  {{- if eq $root.Values.certificates.mode "files" }}
  {{- with $root.Values.certificates.caBundle }}
  caBundle: {{ . }}
  {{- end }}
  {{- end }}
{{- end }}

{{/* Whose namespaces' objects are looked at, and that ours never are. */}}
{{- define "downlink.selectors" -}}
{{- if include "downlink.hasMatchConditions" . -}}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- concat (list "kube-system" .Release.Namespace) .Values.webhook.excludedNamespaces | uniq | toYaml | nindent 8 }}
{{- else -}}
namespaceSelector: # before Kubernetes 1.30: only namespaces that were labelled for it
  matchLabels:
    downlink.dev/enabled: "true"
{{- end }}
objectSelector: # never our own
  matchExpressions:
    - key: downlink.dev/component
      operator: NotIn
      values: [webhook]
{{- end }}

{{/* A condition that spares what a controller made, which was warned of with its owner. */}}
{{- define "downlink.hasNoController" -}}
- name: has-no-controller
  expression: >-
    !has(object.metadata.ownerReferences) ||
    !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller)
{{- end }}
