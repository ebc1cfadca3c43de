{{/* Name of every object: the release's, with "downlink" in it. */}}
{{- define "downlink.name" -}}
{{- if contains "downlink" .Release.Name -}}
{{ .Release.Name }}
{{- else -}}
{{ .Release.Name }}-downlink
{{- end -}}
{{- end }}

{{/* What the Deployment, the Service and others know the pods by. It can never change in an upgrade. */}}
{{- define "downlink.selector" -}}
app.kubernetes.io/name: downlink
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of every object; ours go before the user's. */}}
{{- define "downlink.labels" -}}
{{- $ours := include "downlink.selector" . | fromYaml -}}
{{- $ours = set $ours "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- merge $ours .Values.labels | toYaml -}}
{{- end }}

{{/* Name of the webhook configurations, of the mutating and of the validating one. */}}
{{- define "downlink.configurationName" -}}
{{- .Values.webhook.configurationName | default (include "downlink.name" .) -}}
{{- end }}

{{/* The Secret with the serving certificate. Another one for cert-manager, so that two never write to the same. */}}
{{- define "downlink.certificateSecret" -}}
{{- $suffix := eq .Values.certificates.mode "cert-manager" | ternary "tls" "certificates" -}}
{{- .Values.certificates.secretName | default (printf "%s-%s" (include "downlink.name" .) $suffix) -}}
{{- end }}

{{/* The version of Kubernetes that the manifests are for. Without the value it is the cluster's, or in `helm template` helm's own. */}}
{{- define "downlink.kubeVersion" -}}
{{- .Values.kubernetesVersion | default .Capabilities.KubeVersion.Version -}}
{{- end }}

{{/* "true" where the API server knows matchConditions (stable) and labels namespaces with their names. */}}
{{- define "downlink.hasMatchConditions" -}}
{{- if semverCompare ">=1.30-0" (include "downlink.kubeVersion" .) -}}true{{- end -}}
{{- end }}
