{{/* Values of Retina's charts that are known and change nothing, each with the reason: never ignored in silence. */}}
{{- define "retina.ignored" -}}
{{- $why := dict
    "agent_win" "there is no agent for Windows"
    "enabledPlugin_win" "there is no agent for Windows"
    "volumeMounts_win" "there is no agent for Windows"
    "enableTelemetry" "nothing is ever sent to anybody"
    "telemetryInterval" "nothing is ever sent to anybody"
    "azure" "nothing is ever sent to anybody"
    "enableConntrackMetrics" "connections are counted always"
    "packetParserRingBuffer" "events always come through a ring"
    "filterMapMaxEntries" "maps of the kernel are sized by what is in them"
    "volumeMounts" "the chart mounts what the agent needs; agent.extraVolumeMounts takes more" }}
{{- range $name, $reason := $why }}
{{- if hasKey $.Values $name }}
- {{ $name }}: {{ $reason }}
{{- end }}
{{- end }}
{{- range $name, $_ := .Values.capture }}
{{- if not (has $name (list "jobNumLimit" "ttl" "hostPathBase" "scratch" "secretPolicy" "resources" "ring")) }}
- capture.{{ $name }}: captures have no such setting here
{{- end }}
{{- end }}
{{- if (.Values.os).windows }}
- os.windows: there is no agent for Windows
{{- end }}
{{- if .Values.image.initRepository }}
- image.initRepository: no container has to run first
{{- end }}
{{- if hasKey .Values.operator "installCRDs" }}
- operator.installCRDs: Helm installs what is in crds/; helm install --skip-crds leaves them out
{{- end }}
{{- range list "container" "telemetryInterval" "capture" "leaderElection" "identityGCInterval" "endpointGCInterval" "leaderElectionNamespace" "args" }}
{{- if hasKey $.Values.operator . }}
- operator.{{ . }}: the operator of this chart has no such setting
{{- end }}
{{- end }}
{{- range list "command" "args" "healthProbeBindAddress" "metricsBindAddress" "ports" }}
{{- if hasKey $.Values.daemonset.container.retina . }}
- daemonset.container.retina.{{ . }}: the chart sets what the program needs; ports are apiServer.port
{{- end }}
{{- end }}
{{- if hasKey .Values.daemonset "telemetryInterval" }}
- daemonset.telemetryInterval: nothing is ever sent to anybody
{{- end }}
{{- range list "enabled" "repository" "tag" "leaderElection" "pullPolicy" "tolerations" "init" "resources" }}
{{- if hasKey $.Values.agent . }}
- agent.{{ . }}: set it as image.* or tolerations
{{- end }}
{{- end }}
{{- range list "eventQueueSize" "eventBufferCapacity" "preferIpv6" "skipUnknownCGroupIDs" "redact" }}
{{- if hasKey $.Values.hubble . }}
- hubble.{{ . }}: flows are read from the journal, as it is
{{- end }}
{{- end }}
{{- if hasKey .Values.hubble.metrics "enableOpenMetrics" }}
- hubble.metrics.enableOpenMetrics: the client chooses the format
{{- end }}
{{- if eq .Values.hubble.tls.auto.method "cronJob" }}
- hubble.tls.auto.method=cronJob: certificates are made by Helm, and kept by upgrades
{{- end }}
{{- end }}
