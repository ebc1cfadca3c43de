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
{{- include "downlink.inRegistry" (list . $repository) }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* An image with the registry of global.imageRegistry, if it is set, instead of its own. Takes a list of the root context
     and the image. */}}
{{- define "downlink.inRegistry" -}}
{{- $global := (index . 0).Values.global | default dict -}}
{{- $image := index . 1 -}}
{{- with $global.imageRegistry -}}
{{ . }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $image "" }}
{{- else -}}
{{ $image }}
{{- end -}}
{{- end }}

{{/* Fails for values that do not fit hostNetwork. */}}
{{- define "downlink.checkHostNetwork" -}}
{{- if .Values.hostNetwork -}}
{{- range $name := list "port" "healthPort" -}}
{{- if has (get $.Values $name | int) (list 6443 10248 10249 10250 10256 10257 10259) -}}
{{- fail (printf "%s: Invalid value: %d: with hostNetwork, the port must be free on the nodes, and Kubernetes itself uses this one; use another, for example %d" $name (get $.Values $name | int) (eq $name "port" | ternary 8443 8080)) -}}
{{- end -}}
{{- end -}}
{{- if .Values.networkPolicy.enabled -}}
{{- fail "networkPolicy.enabled: Invalid value: true: a NetworkPolicy does not apply to pods with hostNetwork; use false, and close the ports of the nodes by other means" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Additional environment variables. Fails for a name that the chart itself sets, or that occurs twice. */}}
{{- define "downlink.extraEnv" -}}
{{- $names := list "DOWNLINK_NAMESPACE" -}}
{{- if .Values.nodeOptions -}}{{- $names = append $names "NODE_OPTIONS" -}}{{- end -}}
{{- range .Values.extraEnv -}}
{{- if has .name $names -}}
{{- fail (printf "extraEnv: Duplicate value: %q: the chart sets this variable, or it occurs twice" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- with .Values.extraEnv }}{{ toYaml . }}{{ end -}}
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

{{/* Security contexts that comply with the restricted Pod Security Standard. */}}
{{- define "downlink.podSecurityContext" -}}
runAsNonRoot: true
{{- if not (kindIs "string" .Values.runAsUser) }}
runAsUser: {{ int64 .Values.runAsUser }}
runAsGroup: {{ int64 .Values.runAsUser }}
fsGroup: {{ int64 .Values.runAsUser }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}
{{- define "downlink.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}
