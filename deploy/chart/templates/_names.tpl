{{/* Name of all objects: the name of the release, with "downlink" in it. */}}
{{- define "downlink.name" -}}
{{- if contains "downlink" .Release.Name -}}
{{ .Release.Name }}
{{- else -}}
{{ .Release.Name }}-downlink
{{- end -}}
{{- end }}

{{/* Labels that select the pods. Selectors are immutable, so an upgrade cannot change them. */}}
{{- define "downlink.selector" -}}
app.kubernetes.io/name: downlink
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of all objects. The chart's own take precedence over those of the user. */}}
{{- define "downlink.labels" -}}
{{- $ours := include "downlink.selector" . | fromYaml -}}
{{- $ours = set $ours "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- merge $ours .Values.labels | toYaml -}}
{{- end }}

{{/* Name of both webhook configurations. */}}
{{- define "downlink.configurationName" -}}
{{- .Values.webhook.configurationName | default (include "downlink.name" .) -}}
{{- end }}

{{/* Secret with the serving certificate. cert-manager has its own, so that only one program writes to each Secret. */}}
{{- define "downlink.certificateSecret" -}}
{{- $suffix := eq .Values.certificates.mode "cert-manager" | ternary "tls" "certificates" -}}
{{- .Values.certificates.secretName | default (printf "%s-%s" (include "downlink.name" .) $suffix) -}}
{{- end }}

{{/* Kubernetes version of the manifests. Defaults to that of the cluster, or in `helm template`, to the default of Helm. */}}
{{- define "downlink.kubeVersion" -}}
{{- .Values.kubernetesVersion | default .Capabilities.KubeVersion.Version -}}
{{- end }}

{{/* "true" if the API server supports matchConditions (stable) and labels namespaces with their names. */}}
{{- define "downlink.hasMatchConditions" -}}
{{- if semverCompare ">=1.30-0" (include "downlink.kubeVersion" .) -}}true{{- end -}}
{{- end }}
