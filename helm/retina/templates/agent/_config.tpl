{{/* Retina's own keys: config.yaml. What a user gives beyond the defaults is handed on, so that the agent's log says what it is. */}}
{{- define "retina.configYaml" -}}
{{- $keys := dict
    "apiServer" (dict "host" .Values.apiServer.host "port" (include "retina.httpPort" . | int))
    "enabledPlugin" .Values.enabledPlugin_linux
}}
{{- range list "logLevel" "enablePodLevel" "remoteContext" "enableAnnotations" "bypassLookupIPOfInterest" "dataAggregationLevel"
    "dataSamplingRate" "conntrackReportInterval" "metricsIntervalDuration" "metricsInterval" "enableTCX" "monitorSockPath"
    "enableConntrackMetrics" "enableTelemetry" "telemetryInterval" "packetParserRingBuffer" "packetParserRingBufferSize"
    "filterMapMaxEntries" }}
{{- if hasKey $.Values . }}
{{- $value := index $.Values . }}
{{- if kindIs "float64" $value }}{{ $value = int64 $value }}{{ end }}
{{- $_ := set $keys . $value }}
{{- end }}
{{- end }}
{{- toYaml $keys }}
{{- end }}

{{/* Keys of this program: what the chart derives, and over it what the user wrote under config. */}}
{{- define "retina.applicationYaml" -}}
{{- $derived := dict "journal" (dict
    "directory" "/var/lib/retina/journal" "max-bytes" .Values.journal.maxBytes "max-age" .Values.journal.maxAge) }}
{{- if .Values.hubble.enabled }}
{{- $hubble := dict
    "listen-address" .Values.hubble.listenAddress
    "socket-path" .Values.hubble.socketPath
    "cluster-name" (include "retina.clusterName" .)
    "metrics" (join " " .Values.hubble.metrics.enabled)
    "metrics-port" (int .Values.hubble.metrics.port) }}
{{- if .Values.hubble.metrics.dynamic.enabled }}
{{- if .Values.hubble.metrics.enabled }}{{ fail "hubble.metrics.dynamic.enabled does not go with hubble.metrics.enabled: name the metrics in one of the two" }}{{ end }}
{{- $_ := set $hubble "metrics-config-path" "/retina/dynamic-metrics/dynamic-metrics.yaml" }}
{{- end }}
{{- $_ := set $hubble "export" (include "retina.export" . | fromYaml) }}
{{- if .Values.hubble.tls.enabled }}
{{- $at := "/var/lib/retina-tls" }}
{{- $_ := set $hubble "tls" (dict "cert-file" (printf "%s/tls.crt" $at) "key-file" (printf "%s/tls.key" $at)
      "client-ca-files" (list (printf "%s/ca.crt" $at))) }}
{{- end }}
{{- $_ := set $derived "control-plane" "both" }}
{{- $_ := set $derived "hubble" $hubble }}
{{- end }}
{{- toYaml (dict "retina" (mergeOverwrite $derived (deepCopy .Values.config))) }}
{{- end }}

{{/* Flows to files, by Cilium's values. */}}
{{- define "retina.export" -}}
{{- $values := .Values.hubble.export }}
{{- $export := dict
    "file-max-size-mb" (int $values.fileMaxSizeMb) "file-max-backups" (int $values.fileMaxBackups) "file-compress" $values.fileCompress }}
{{- with $values.static }}
{{- if .enabled }}
{{- $_ := set $export "file-path" .filePath }}
{{- $_ := set $export "fieldmask" .fieldMask }}
{{- $_ := set $export "fieldaggregate" .fieldAggregate }}
{{- $_ := set $export "aggregation-interval" .aggregationInterval }}
{{- $_ := set $export "allowlist" (join " " .allowList) }}
{{- $_ := set $export "denylist" (join " " .denyList) }}
{{- end }}
{{- end }}
{{- if $values.dynamic.enabled }}
{{- $_ := set $export "config-path" "/retina/flowlogs/flowlogs.yaml" }}
{{- end }}
{{- toYaml $export }}
{{- end }}

{{/* Names of the ConfigMaps that agents read again while they run. */}}
{{- define "retina.flowlogsConfigMap" -}}
{{- default (printf "%s-flowlogs" (include "retina.fullname" .)) .Values.hubble.export.dynamic.config.configMapName }}
{{- end }}

{{- define "retina.dynamicMetricsConfigMap" -}}
{{- default (printf "%s-dynamic-metrics" (include "retina.fullname" .)) .Values.hubble.metrics.dynamic.config.configMapName }}
{{- end }}

{{/* The plugins that run: those of config, else of Retina's value. */}}
{{- define "retina.plugins" -}}
{{- $own := .Values.config.plugins }}
{{- if kindIs "string" $own }}{{ $own }}{{ else }}{{ join "," (default .Values.enabledPlugin_linux $own) }}{{ end }}
{{- end }}

{{/* The capabilities of docs/security.md, and of the fourth only what needs it. */}}
{{- define "retina.securityContext" -}}
{{- $add := list "BPF" "PERFMON" "NET_ADMIN" }}
{{- if has "packetforward" (splitList "," (include "retina.plugins" . | nospace)) }}
{{- $add = append $add "NET_RAW" }}
{{- end }}
{{- $own := dict
    "privileged" false "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "runAsUser" 0 "runAsGroup" 0
    "capabilities" (dict "drop" (list "ALL") "add" $add) "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- /* What a user adds comes beside these. */}}
{{- $given := omit (deepCopy .Values.securityContext) "windowsOptions" }}
{{- with ($given.capabilities).add }}
{{- $_ := set $given.capabilities "add" (concat $add . | uniq) }}
{{- end }}
{{- toYaml (mergeOverwrite $own $given) }}
{{- end }}

{{/* Which directories of the node the agent needs beyond its journal. */}}
{{- define "retina.needsCiliumRun" -}}
{{- if or (and .Values.hubble.enabled .Values.hubble.socketPath) (contains "ciliumeventobserver" (include "retina.plugins" .)) }}yes{{ end }}
{{- end }}

{{- define "retina.socketDirectory" -}}
{{- if and .Values.hubble.enabled .Values.hubble.socketPath }}{{ dir .Values.hubble.socketPath }}{{ else }}{{ dir (default "/var/run/cilium/monitor1_2.sock" .Values.monitorSockPath) }}{{ end }}
{{- end }}

{{/* retina.probe: [context, path, own] */}}
{{- define "retina.probe" -}}
{{- $ := index . 0 -}}
{{- $get := dict "path" (index . 1) "port" "http" }}
{{- if not (has $.Values.apiServer.host (list "0.0.0.0" "::" "")) }}
{{- $_ := set $get "host" $.Values.apiServer.host }}
{{- end }}
{{- if include "retina.httpTls" $ }}
{{- $_ := set $get "scheme" "HTTPS" }}
{{- end }}
{{- toYaml (mergeOverwrite (dict "httpGet" $get) (omit (index . 2) "httpGet")) }}
{{- end }}

{{/* What config says of the HTTP server. */}}
{{- define "retina.httpAccess" -}}
{{- dig "http" "access" "loopback" .Values.config | lower }}
{{- end }}

{{- define "retina.httpTls" -}}
{{- if dig "http" "tls" "certificate" "" .Values.config }}yes{{ end }}
{{- end }}
