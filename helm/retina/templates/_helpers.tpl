{{- define "retina.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Names of objects of the whole cluster, and of those that a user does not name. */}}
{{- define "retina.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "retina.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "retina.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "retina.namespace" -}}
{{- default .Release.Namespace .Values.namespace }}
{{- end }}

{{/* retina.labels: [context, component] */}}
{{- define "retina.labels" -}}
{{- $ := index . 0 -}}
{{ include "retina.selector" . }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: retina
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version }}
{{- with $.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "retina.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ include "retina.name" $ }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* retina.image: [context, repository, tag] */}}
{{- define "retina.image" -}}
{{- $ := index . 0 -}}
{{- $repository := default $.Values.image.repository (index . 1) -}}
{{- if hasPrefix "ghcr.io/microsoft/retina/" $repository -}}
{{- fail (printf "image.repository: %s is the program of the Go project, which does not know this chart's arguments; name the registry that you pushed this project's image to" $repository) -}}
{{- end -}}
{{- $repository }}:{{ default $.Chart.AppVersion (default $.Values.image.tag (index . 2)) }}
{{- end }}

{{- define "retina.agentAccount" -}}
{{- .Values.serviceAccount.name | default (printf "%s-agent" (include "retina.fullname" .)) }}
{{- end }}

{{- define "retina.operatorAccount" -}}
{{- .Values.operator.serviceAccount.name | default (printf "%s-operator" (include "retina.fullname" .)) }}
{{- end }}

{{/* Port of the agents' HTTP, under the name that Retina's older values have for it too. */}}
{{- define "retina.httpPort" -}}
{{- default .Values.apiServer.port .Values.retinaPort }}
{{- end }}

{{/* What a container without any right has. */}}
{{- define "retina.unprivileged" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/*
retina.rights: [context, file, account, component]: the roles of a file under rbac/, under this release's names and bound to the
account. The rules stand once, where a test compares them with what the program does.
*/}}
{{- define "retina.rights" -}}
{{- $ := index . 0 -}}
{{- $account := index . 2 -}}
{{- $component := index . 3 -}}
{{- range $document := splitList "\n---\n" (printf "\n%s" ($.Files.Get (index . 1))) }}
{{- $role := fromYaml $document }}
{{- if $role.kind }}
{{- $isCluster := eq $role.kind "ClusterRole" }}
{{- $name := printf "%s-%s" (include "retina.fullname" $) $component }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role.kind }}
metadata:
  name: {{ $name }}
  {{- if not $isCluster }}
  namespace: {{ include "retina.namespace" $ }}
  {{- end }}
  labels: {{- include "retina.labels" (list $ $component) | nindent 4 }}
rules: {{- toYaml $role.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role.kind }}Binding
metadata:
  name: {{ $name }}
  {{- if not $isCluster }}
  namespace: {{ include "retina.namespace" $ }}
  {{- end }}
  labels: {{- include "retina.labels" (list $ $component) | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $role.kind }}
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $account }}
    namespace: {{ include "retina.namespace" $ }}
{{- end }}
{{- end }}
{{- end }}

{{- define "retina.clusterName" -}}
{{- default "default" (default (.Values.cluster).name .Values.hubble.clusterName) }}
{{- end }}

{{/* Where workers of captures find the agent of their node. */}}
{{- define "retina.agentUrl" -}}
{{ if include "retina.httpTls" . }}https{{ else }}http{{ end }}://127.0.0.1:{{ include "retina.httpPort" . }}
{{- end }}

{{/* What an always-on ring needs of the agent, whose flows start it. */}}
{{- define "retina.checkRing" -}}
{{- $ring := .Values.capture.ring }}
{{- if not .Values.agent.hostNetwork }}{{ fail "capture.ring.enabled needs agent.hostNetwork: the ring asks its node's agent on loopback" }}{{ end }}
{{- if not (has .Values.apiServer.host (list "0.0.0.0" "::" "" "127.0.0.1" "localhost")) }}{{ fail (printf "capture.ring.enabled does not go with apiServer.host %s: the ring asks its node's agent on loopback" .Values.apiServer.host) }}{{ end }}
{{- $plugin := get (dict "DNS_ERROR" "dns" "TCP_RETRANSMISSION" "tcpretrans") $ring.trigger.reason | default "dropreason" }}
{{- if not (has $plugin (splitList "," (include "retina.plugins" . | nospace))) }}{{ fail (printf "capture.ring.trigger.reason %s is told by the plugin %s: add it to enabledPlugin_linux" $ring.trigger.reason $plugin) }}{{ end }}
{{- if gt (mul 2 (int $ring.before)) (int $ring.maxSize) }}{{ fail "capture.ring.before is more than half of capture.ring.maxSize: its packets would fill the file" }}{{ end }}
{{- if and $ring.s3.bucket (not $ring.s3.secretName) }}{{ fail "capture.ring.s3.bucket needs capture.ring.s3.secretName" }}{{ end }}
{{- end }}

{{/* retina.captures: retina.operator.captures of these values. */}}
{{- define "retina.captures" -}}
{{- $requests := default dict .Values.capture.resources.requests -}}
{{- $limits := default dict .Values.capture.resources.limits -}}
image: {{ include "retina.image" (list . .Values.image.repository .Values.image.tag) }}
pull-policy: {{ .Values.image.pullPolicy }}
pull-secrets: [{{ range $i, $secret := .Values.imagePullSecrets }}{{ if $i }}, {{ end }}{{ $secret.name }}{{ end }}]
host-path-base: {{ .Values.capture.hostPathBase | quote }}
job-limit: {{ .Values.capture.jobNumLimit }}
ttl: {{ .Values.capture.ttl | quote }}
require-creator: {{ not .Values.capture.secretPolicy }}
cpu-request: {{ default "" $requests.cpu | toString | quote }}
memory-request: {{ default "" $requests.memory | toString | quote }}
cpu-limit: {{ default "" $limits.cpu | toString | quote }}
memory-limit: {{ default "" $limits.memory | toString | quote }}
scratch: {{ .Values.capture.scratch | quote }}
agent: {{ include "retina.agentUrl" . | quote }}
{{- end }}

{{/* retina.operatorYaml: application.yaml of the operator. */}}
{{- define "retina.operatorYaml" -}}
{{- toYaml (dict "retina" (dict "operator" (mergeOverwrite
    (dict "namespace" (include "retina.namespace" .) "retina-endpoints" .Values.operator.enableRetinaEndpoint
      "captures" (include "retina.captures" . | fromYaml))
    (deepCopy .Values.operator.config)))) }}
{{- end }}
