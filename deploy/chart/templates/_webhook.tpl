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

{{/* Selects the namespaces that Downlink serves. Takes a list of the root context and the profile that the namespaces must
     request; if it is empty, all namespaces are served, or before Kubernetes 1.30, those with a label. The requirements of
     the user are added. */}}
{{- define "downlink.namespaceSelector" -}}
{{- $root := index . 0 -}}
{{- $profile := index . 1 -}}
{{- $webhook := $root.Values.webhook -}}
{{- $labels := $webhook.namespaceSelector.matchLabels | default dict -}}
{{- $requirements := list -}}
{{- if $profile -}}
{{- $requirements = append $requirements (dict "key" "downlink.dev/profile" "operator" "In" "values" (list $profile)) -}}
{{- end -}}
{{- if include "downlink.hasMatchConditions" $root -}}
{{- $excluded := concat (list "kube-system" $root.Release.Namespace) $webhook.excludedNamespaces | uniq -}}
{{- $requirements = append $requirements (dict "key" "kubernetes.io/metadata.name" "operator" "NotIn" "values" $excluded) -}}
{{- else if not $profile -}}
{{- $labels = merge (dict "downlink.dev/enabled" "true") $labels -}}
{{- end -}}
{{- $requirements = concat $requirements ($webhook.namespaceSelector.matchExpressions | default list) -}}
namespaceSelector:
  {{- with $labels }}
  matchLabels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $requirements }}
  matchExpressions:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Excludes Downlink's own objects. */}}
{{- define "downlink.objectSelector" -}}
objectSelector: # excludes Downlink's own objects
  matchExpressions:
    - key: downlink.dev/component
      operator: NotIn
      values: [webhook]
{{- end }}

{{/* The rule of the webhooks for pods. */}}
{{- define "downlink.podRule" -}}
rules:
  - operations: [CREATE] # a rule for UPDATE could make it impossible to delete a pod
    apiGroups: [""]
    apiVersions: [v1]
    resources: [pods]
    scope: Namespaced
matchPolicy: Equivalent
{{- end }}

{{/* Conditions that exclude the pods that Downlink never changes, and those of the user. */}}
{{- define "downlink.isEligible" -}}
- name: has-not-opted-out # with this, downlink.dev/inject: "false" lets a pod through while Downlink is down
  expression: >-
    !has(object.metadata.annotations) ||
    !('downlink.dev/inject' in object.metadata.annotations) ||
    object.metadata.annotations['downlink.dev/inject'] != 'false'
- name: is-no-mirror-pod
  expression: >-
    !has(object.metadata.annotations) ||
    !('kubernetes.io/config.mirror' in object.metadata.annotations)
{{- $names := list "asks-for-downlink" "names-no-profile" "has-not-opted-out" "is-no-mirror-pod" }}
{{- range .Values.webhook.matchConditions }}
{{- if has .name $names }}
{{- fail (printf "webhook.matchConditions: Duplicate value: %q: the chart has, or you have, another condition with this name" .name) }}
{{- end }}
{{- $names = append $names .name }}
- name: {{ .name | quote }}
  expression: {{ .expression | quote }}
{{- end }}
{{- end }}

{{/* Condition that excludes objects of a controller, because the warnings are for their owner. */}}
{{- define "downlink.hasNoController" -}}
- name: has-no-controller
  expression: >-
    !has(object.metadata.ownerReferences) ||
    !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller)
{{- end }}
