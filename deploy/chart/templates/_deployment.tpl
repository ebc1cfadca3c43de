{{/* The server's image. A repository with a tag or digest would give a name that no node can pull. */}}
{{- define "downlink.image" -}}
{{- $repository := .Values.image.repository -}}
{{- $name := regexReplaceAll "@.*" $repository "" -}}
{{- $tag := regexFind ":[^/:]*$" $name | trimPrefix ":" -}}
{{- $name = regexReplaceAll ":[^/:]*$" $name "" -}}
{{- $example := "registry.example.com/team/downlink" -}}
{{- if contains "@" $repository -}}
{{- fail (printf "image.repository: Invalid value: %q: must not have a digest; set image.repository to %q and image.digest to %q" $repository $name (regexReplaceAll "^[^@]*@" $repository "")) -}}
{{- else if $tag -}}
{{- fail (printf "image.repository: Invalid value: %q: must not have a tag; set image.repository to %q and image.tag to %q" $repository $name $tag) -}}
{{- end -}}
{{- $host := "([a-zA-Z0-9-]+(\\.[a-zA-Z0-9-]+)+(:[0-9]{1,5})?|[a-zA-Z0-9-]+:[0-9]{1,5}|localhost|\\[[0-9a-fA-F:]+\\](:[0-9]{1,5})?)/" -}}
{{- $part := "[a-z0-9]([a-z0-9._-]*[a-z0-9])?" -}}
{{- if not (regexMatch (printf "^(%s)?%s(/%s)*$" $host $part $part) $repository) -}}
{{- fail (printf "image.repository: Invalid value: %q: must be the name of an image in lower case, without a scheme, for example %q" $repository $example) -}}
{{- end -}}
{{- $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/*
The Deployment's replicas; empty leaves the field out. A HorizontalPodAutoscaler owns the number, but an upgrade that leaves the
field out resets it to Kubernetes' default, 1. So helm applies the number that the cluster has; another one would conflict with
the autoscaler's. `helm template` cannot ask the cluster and leaves the field out: a number would undo the autoscaler's at each
GitOps sync.
*/}}
{{- define "downlink.replicas" -}}
{{- if not .Values.autoscaling.enabled -}}
{{ .Values.replicas }}
{{- else -}}
{{- $deployments := lookup "apps/v1" "Deployment" .Release.Namespace "" -}}
{{- if $deployments -}}
{{- $replicas := .Values.autoscaling.minReplicas -}}
{{- range $deployments.items -}}
{{- if eq .metadata.name (include "downlink.name" $) -}}{{- $replicas = .spec.replicas -}}{{- end -}}
{{- end -}}
{{ int $replicas }}
{{- end -}}
{{- end -}}
{{- end }}
