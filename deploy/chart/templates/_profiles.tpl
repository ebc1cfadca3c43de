{{/* The settings file of the server; empty if there are no profiles. Fails for an invalid name,
     and for a profile that a namespace can request although there is none. */}}
{{- define "downlink.settingsFile" -}}
{{- $profiles := .Values.profiles | default dict -}}
{{- $names := keys $profiles | sortAlpha -}}
{{- range $names -}}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" .) -}}
{{- fail (printf "profiles: Invalid value: %q: a name must be a DNS label of at most 63 characters, for example \"web\"" (trunc 80 .)) -}}
{{- end -}}
{{- end -}}
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
