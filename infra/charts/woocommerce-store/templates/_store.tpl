{{- define "store.host" -}}
{{ .Values.store.id }}.{{ .Values.domain }}
{{- end }}

{{- define "store.url" -}}
{{ eq .Values.ingress.tls "none" | ternary "http" "https" }}://{{ include "store.host" . }}
{{- end }}

{{/* An address as a block of it alone; a block as it is. */}}
{{- define "store.block" -}}
{{ contains "/" . | ternary . (printf "%s/%d" . (contains ":" . | ternary 128 32)) }}
{{- end }}

{{/* Who an object belongs to: the runner takes none for its own that has another uid. */}}
{{- define "store.labels" -}}
app.kubernetes.io/instance: {{ .Values.store.id | quote }}
app.kubernetes.io/managed-by: shopwright
app.kubernetes.io/part-of: woocommerce-store
shopwright.dev/store: {{ .Values.store.id | quote }}
shopwright.dev/store-uid: {{ .Values.store.uid | quote }}
{{- end }}

{{/* The same, of a component: a list of the root and its name. */}}
{{- define "store.componentLabels" -}}
{{ include "store.labels" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/name: {{ index . 1 }}
{{- end }}

{{/* The metadata of an object: a list of the root, its name and, where it has one, its component. */}}
{{- define "store.metadata" -}}
name: {{ index . 1 }}
namespace: store-{{ (index . 0).Values.store.id }}
labels:
  {{- if gt (len .) 2 }}
  {{- include "store.componentLabels" (list (index . 0) (index . 2)) | nindent 2 }}
  {{- else }}
  {{- include "store.labels" (index . 0) | nindent 2 }}
  {{- end }}
{{- end }}

{{/* What every container has: its room, least privilege, and its last words kept. */}}
{{- define "store.confined" -}}
{{ include "store.confinedTo" (list . .Values.resources.requests) }}
{{- end }}

{{/* The same, asking for other amounts: a list of the root and those. */}}
{{- define "store.confinedTo" -}}
{{- $root := index . 0 -}}
imagePullPolicy: {{ $root.Values.images.pullPolicy }}
resources:
  requests:
    {{- toYaml (index . 1) | nindent 4 }}
  limits:
    {{- toYaml $root.Values.resources.limits | nindent 4 }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  readOnlyRootFilesystem: true
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}

{{/* A pod of this user, without a way to the Kubernetes API. */}}
{{- define "store.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ . }}
  runAsGroup: {{ . }}
  fsGroup: {{ . }}
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{/* A pod that runs the shop's code. Calls to its own public name would be dropped: they fail at once. */}}
{{- define "store.wordpressPod" -}}
{{ include "store.pod" 33 }}
hostAliases:
  - ip: 127.0.0.1
    hostnames:
      - {{ include "store.host" . | quote }}
{{- end }}

{{/* An environment variable that is a key of a Secret: a list of its name, the Secret and the key. */}}
{{- define "store.secretVariable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
      optional: false
{{- end }}

{{- define "store.salts" -}}
AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT
{{- end }}

{{/* Where the shop's database is, and what lets the shop in. */}}
{{- define "store.databaseEnvironment" -}}
- name: WORDPRESS_DB_HOST
  value: mysql
- name: WORDPRESS_DB_NAME
  value: wordpress
- name: WORDPRESS_DB_USER
  value: wordpress
{{ include "store.secretVariable" (list "WORDPRESS_DB_PASSWORD" "mysql-credentials" "password") }}
{{- end }}

{{/* What the shop's code needs. */}}
{{- define "store.wordpressEnvironment" -}}
- name: SITE_URL
  value: {{ include "store.url" . | quote }}
{{ include "store.databaseEnvironment" . }}
{{- if eq .Values.egress.mode "closed" }}
- name: WORDPRESS_BLOCK_EXTERNAL
  value: "true"
{{- end }}
{{- range include "store.salts" . | splitList " " }}
{{ include "store.secretVariable" (list (printf "WORDPRESS_%s" .) "wordpress-credentials" .) }}
{{- end }}
{{- end }}

{{/* What the shop and its scheduled work need: the setup does nothing by schedule, and sends no mails. */}}
{{- define "store.shopEnvironment" -}}
{{ include "store.wordpressEnvironment" . }}
- name: WORDPRESS_DISABLE_CRON
  value: "true"
{{- with .Values.mail }}
{{- if .host }}
- name: SMTP_HOST
  value: {{ .host | quote }}
- name: SMTP_PORT
  value: {{ int .port | quote }}
- name: SMTP_TLS
  value: {{ .tls | quote }}
- name: MAIL_FROM
  value: {{ .from | quote }}
{{- if .user }}
- name: SMTP_USER
  value: {{ .user | quote }}
- name: SMTP_PASSWORD
  valueFrom:
    secretKeyRef:
      name: wordpress-credentials
      key: smtp-password
      optional: true
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Probes of a container: a list of what shows it ready, what shows it alive, and how many seconds it may take
to start, at which it is looked each second; two minutes without a sign of life are its end. */}}
{{- define "store.probes" -}}
startupProbe:
  {{- toYaml (index . 1) | nindent 2 }}
  timeoutSeconds: 10
  periodSeconds: 1
  failureThreshold: {{ int (index . 2) }}
readinessProbe:
  {{- toYaml (index . 0) | nindent 2 }}
  timeoutSeconds: 10
  periodSeconds: 5
livenessProbe:
  {{- toYaml (index . 1) | nindent 2 }}
  timeoutSeconds: 10
  periodSeconds: 20
  failureThreshold: 6
{{- end }}

{{/* What runs `mysqladmin` as root with this command. */}}
{{- define "store.mysqladmin" -}}
exec:
  command:
    - sh
    - -c
    - {{ printf "MYSQL_PWD=\"$MYSQL_ROOT_PASSWORD\" exec mysqladmin --host=127.0.0.1 --user=root %s" . | quote }}
{{- end }}

{{/* A writable directory of this name that lives as long as its pod. */}}
{{- define "store.scratch" -}}
- name: {{ . }}
  emptyDir:
    sizeLimit: 1Gi
{{- end }}
