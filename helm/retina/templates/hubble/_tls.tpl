{{- define "retina.hubbleServerSecret" -}}
{{- default (printf "%s-hubble-server" (include "retina.fullname" .)) .Values.hubble.tls.server.existingSecret }}
{{- end }}

{{- define "retina.hubbleClientSecret" -}}
{{- default (printf "%s-hubble-client" (include "retina.fullname" .)) .Values.hubble.tls.client.existingSecret }}
{{- end }}

{{/* The name that clients check: each node's begins with its own (docs/hubble.md). */}}
{{- define "retina.hubbleServerName" -}}
*.{{ include "retina.clusterName" . | replace "." "-" }}.hubble-grpc.cilium.io
{{- end }}

{{- define "retina.hubbleClientName" -}}
*.hubble-relay.cilium.io
{{- end }}

{{/* retina.pair: [context, secret's name, certificate, CA] */}}
{{- define "retina.pair" -}}
{{- $ := index . 0 -}}
{{- $pair := index . 2 -}}
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata:
  name: {{ index . 1 }}
  namespace: {{ include "retina.namespace" $ }}
  labels: {{- include "retina.labels" (list $ "hubble") | nindent 4 }}
data:
  ca.crt: {{ (index . 3).Cert | b64enc }}
  tls.crt: {{ $pair.Cert | b64enc }}
  tls.key: {{ $pair.Key | b64enc }}
{{- end }}

{{/* retina.certificate: [context, secret's name, DNS name, usage] */}}
{{- define "retina.certificate" -}}
{{- $ := index . 0 -}}
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {{ index . 1 }}
  namespace: {{ include "retina.namespace" $ }}
  labels: {{- include "retina.labels" (list $ "hubble") | nindent 4 }}
spec:
  secretName: {{ index . 1 }}
  issuerRef: {{- toYaml $.Values.hubble.tls.auto.certManagerIssuerRef | nindent 4 }}
  commonName: {{ index . 2 | quote }}
  dnsNames: [{{ index . 2 | quote }}]
  duration: {{ mul (int $.Values.hubble.tls.auto.certValidityDuration) 24 }}h
  usages: [signing, key encipherment, {{ index . 3 }} auth]
{{- end }}
