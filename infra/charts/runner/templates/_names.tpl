{{- define "runner.selector" -}}
app.kubernetes.io/name: runner
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "runner.labels" -}}
{{ include "runner.selector" . }}
app.kubernetes.io/part-of: shopwright
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{- define "runner.metadata" -}}
name: {{ .Release.Name | quote }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "runner.labels" . | nindent 2 }}
{{- end }}

{{/* Of what has no namespace: two releases in one cluster must not meet. */}}
{{- define "runner.clusterMetadata" -}}
name: {{ include "runner.clusterName" . | quote }}
labels:
  {{- include "runner.labels" . | nindent 2 }}
{{- end }}

{{- define "runner.clusterName" -}}
{{ .Release.Namespace }}-{{ .Release.Name }}
{{- end }}

{{/* Its rights: a list in YAML. */}}
{{- define "runner.rules" -}}
{{ .Files.Get "files/rules.yaml" }}
{{- if eq (toString .Values.settings.SECRETS) "external" }}
{{ .Files.Get "files/rules-external-secrets.yaml" }}
{{- end }}
{{- end }}
