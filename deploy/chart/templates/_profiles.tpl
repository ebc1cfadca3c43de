{{/* The settings file of the server; empty if there are no profiles. Fails if a namespace can request an unknown profile. */}}
{{- define "downlink.settingsFile" -}}
{{- $profiles := .Values.profiles | default dict -}}
{{- $names := keys $profiles | sortAlpha -}}
{{- range .Values.namespaceProfiles -}}
{{- if not (hasKey $profiles .) -}}
{{- fail (printf "namespaceProfiles: Invalid value: %q: must be a key of profiles: %s" . (join ", " $names | trunc 200 | default "it has none")) -}}
{{- end -}}
{{- end -}}
{{- if $profiles -}}
{{- $file := dict "profiles" $profiles | toYaml -}}
{{- /* a ConfigMap has at most 1 MiB, and its name, labels, and the key of the file count, too */ -}}
{{- if gt (len $file) 1000000 -}}
{{- fail (printf "profiles: Too long: must have at most 1000000 bytes, because a ConfigMap contains them, but have %d" (len $file)) -}}
{{- end -}}
{{- $file -}}
{{- end -}}
{{- end }}
