{{/* Annotations of both webhook configurations. The chart's own take precedence over those of the user. From
     webhook.downlink.dev/certificates-mode, the server learns whether it sets caBundle
     (src/certificates/webhook-configuration.ts). */}}
{{- define "downlink.webhookAnnotations" -}}
{{- $mode := .Values.certificates.mode -}}
{{- $ours := dict "webhook.downlink.dev/certificates-mode" $mode -}}
{{- if eq $mode "cert-manager" -}}
{{- $_ := set $ours "cert-manager.io/inject-ca-from" (printf "%s/%s" .Release.Namespace (include "downlink.name" .)) -}}
{{- end -}}
{{- if eq $mode "self-signed" -}}
{{- with .Values.certificates.caBundle -}}
{{- $_ := set $ours "webhook.downlink.dev/additional-ca-bundle" . -}}
{{- end -}}
{{- end -}}
annotations:
  {{- merge $ours .Values.webhook.annotations | toYaml | nindent 2 }}
{{- end }}

{{/* Where the API server sends the reviews. Takes a list of the root context and the path. */}}
{{- define "downlink.clientConfig" -}}
{{- $root := index . 0 -}}
clientConfig:
  service:
    name: {{ include "downlink.name" $root }}
    namespace: {{ $root.Release.Namespace }}
    path: {{ index . 1 }}
    port: 443
  {{- with $root.Values.certificates.caBundle }}
  {{- if not (contains "-----BEGIN CERTIFICATE-----" (b64dec .)) }}
  {{- fail "certificates.caBundle: must be certificates as PEM (-----BEGIN CERTIFICATE-----) in base64" }}
  {{- end }}
  caBundle: {{ . }}
  {{- else }}
  # no caBundle: the server (or cert-manager) sets it
  {{- end }}
{{- end }}

{{/* Selects the namespaces that Downlink serves, and excludes Downlink's own objects. */}}
{{- define "downlink.selectors" -}}
{{- if include "downlink.hasMatchConditions" . -}}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- concat (list "kube-system" .Release.Namespace) .Values.webhook.excludedNamespaces | uniq | toYaml | nindent 8 }}
{{- else -}}
namespaceSelector: # before Kubernetes 1.30: only labeled namespaces
  matchLabels:
    downlink.dev/enabled: "true"
{{- end }}
objectSelector: # excludes Downlink's own objects
  matchExpressions:
    - key: downlink.dev/component
      operator: NotIn
      values: [webhook]
{{- end }}

{{/* Condition that excludes objects of a controller, because the warnings are for their owner. */}}
{{- define "downlink.hasNoController" -}}
- name: has-no-controller
  expression: >-
    !has(object.metadata.ownerReferences) ||
    !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller)
{{- end }}
