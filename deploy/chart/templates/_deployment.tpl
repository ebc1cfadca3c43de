{{/* Image of the server. Fails if the repository has a tag or digest, because no node could pull the result. */}}
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
Replicas of the Deployment; if empty, the field is omitted. A HorizontalPodAutoscaler owns the number, but an upgrade without
the field resets it to the Kubernetes default, 1. Therefore, Helm applies the current number of the cluster; any other number
would conflict with that of the autoscaler. `helm template` cannot read from the cluster and omits the field: a number would
override the autoscaler at each GitOps sync.
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

{{/* The token of the service account, the CA of the API server, and the namespace, with the file names that clients expect.
     The kubelet renews the token. */}}
{{- define "downlink.serviceAccountVolume" -}}
- name: service-account
  projected:
    defaultMode: 0444
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3600 # not 3607, which API servers extend to a year
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
{{- end }}
