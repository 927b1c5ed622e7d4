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

{{/* How stores get TLS, which has a default by the profile. */}}
{{- define "runner.tls" -}}
{{ .Values.settings.TLS | default (eq (toString .Values.settings.PROFILE) "production" | ternary "wildcard" "none") }}
{{- end }}

{{/* What stores are reached by, the same way. */}}
{{- define "runner.routing" -}}
{{ .Values.settings.ROUTING | default (eq (toString .Values.settings.PROFILE) "production" | ternary "gateway" "ingress") }}
{{- end }}

{{/* Where visitors come from: peers of a network policy. */}}
{{- define "runner.wayIn" -}}
{{- with .Values.settings.WAY_IN_CIDRS }}
{{- range splitList "," . }}
- ipBlock:
    cidr: {{ contains "/" . | ternary . (printf "%s/%d" . (contains ":" . | ternary 128 32)) | quote }}
{{- end }}
{{- else }}
{{- $ofGateway := .Values.settings.GATEWAY_NAMESPACE | default "gateway" }}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .Values.settings.INGRESS_NAMESPACE | default (eq (include "runner.routing" .) "gateway" | ternary $ofGateway "ingress-nginx") | quote }}
  {{- with .Values.settings.INGRESS_LABELS }}
  podSelector:
    matchLabels:
      {{- range splitList "," . }}
      {{ splitList "=" . | first | quote }}: {{ splitList "=" . | last | quote }}
      {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Its rights: a list in YAML. */}}
{{- define "runner.rules" -}}
{{ .Files.Get "files/rules.yaml" }}
{{- if eq (toString .Values.settings.SECRETS) "external" }}
{{ .Files.Get "files/rules-external-secrets.yaml" }}
{{- end }}
{{- if eq (include "runner.tls" .) "issuer" }}
{{ .Files.Get "files/rules-certificates.yaml" }}
{{- end }}
{{- end }}

{{/* Where the runner's pods and those of its front may go: DNS, and AWS. */}}
{{- define "runner.egress" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .Values.networkPolicy.dns.namespace | quote }}
      podSelector:
        matchLabels:
          {{- toYaml .Values.networkPolicy.dns.labels | nindent 10 }}
    {{- range .Values.networkPolicy.dns.addresses }}
    - ipBlock:
        cidr: {{ contains "/" . | ternary . (printf "%s/%d" . (contains ":" . | ternary 128 32)) | quote }}
    {{- end }}
  ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - port: {{ . }}
      protocol: UDP
    - port: {{ . }}
      protocol: TCP
    {{- end }}
{{- range .Values.networkPolicy.egress }}
- to:
    - ipBlock:
        cidr: {{ .cidr | quote }}
        {{- with .except }}
        except:
          {{- range . }}
          - {{ . | quote }}
          {{- end }}
        {{- end }}
  ports:
    {{- range .ports }}
    - port: {{ . }}
    {{- end }}
{{- end }}
{{- if .Values.aws.podIdentity }}
# The agent on the node that gives out the role's credentials.
- to:
    - ipBlock:
        cidr: 169.254.170.23/32
  ports:
    - port: 80
{{- end }}
{{- end }}

{{- define "front.name" -}}
{{ .Release.Name }}-front
{{- end }}

{{/* Not the runner's: its Service and its policies must not select a front. */}}
{{- define "front.selector" -}}
app.kubernetes.io/name: runner-front
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "front.labels" -}}
{{ include "front.selector" . }}
app.kubernetes.io/part-of: shopwright
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{- define "front.metadata" -}}
name: {{ include "front.name" . | quote }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "front.labels" . | nindent 2 }}
{{- end }}
