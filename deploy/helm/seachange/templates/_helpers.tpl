{{- define "seachange.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "seachange.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "seachange.labels" -}}
{{ include "seachange.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "seachange.image" -}}
{{- if .Values.image.digest }}{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}{{ else }}{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}{{ end }}
{{- end }}

{{- /* The configuration file: the settings, and the accounts with the files that their tokens are mounted as. */ -}}
{{- define "seachange.config" -}}
{{- $accounts := list }}
{{- range .Values.accounts }}
{{- $accounts = append $accounts (merge (dict "token_file" (printf "/var/run/secrets/seachange/%s/%s" .name .secret.key)) (omit . "secret")) }}
{{- end }}
{{- merge (dict "accounts" $accounts "listen" "0.0.0.0:8080") .Values.config | toYaml }}
{{- end }}
