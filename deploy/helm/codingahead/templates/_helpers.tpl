{{- define "codingahead.name" -}}
{{- printf "%s-codingahead" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "codingahead.labels" -}}
app.kubernetes.io/name: codingahead
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "codingahead.selector" -}}
app.kubernetes.io/name: codingahead
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end -}}

{{- define "codingahead.secret" -}}
{{- .Values.secret.existing | default (include "codingahead.name" .) -}}
{{- end -}}

{{/* The settings that every process shares. docs/settings.md tells what each means. */}}
{{- define "codingahead.environment" -}}
{{- $name := include "codingahead.name" . -}}
{{- $secret := include "codingahead.secret" . -}}
- { name: CODINGAHEAD_SECRET, valueFrom: { secretKeyRef: { name: {{ $secret }}, key: secret } } }
- { name: CODINGAHEAD_MONGO_URL, valueFrom: { secretKeyRef: { name: {{ $secret }}, key: mongo-url } } }
- { name: CODINGAHEAD_NATS_URL, valueFrom: { secretKeyRef: { name: {{ $secret }}, key: nats-url } } }
- { name: CODINGAHEAD_PUBLIC_URL, value: {{ .Values.publicUrl | quote }} }
- { name: CODINGAHEAD_LISTEN, value: "0.0.0.0:7000" }
{{- range list "lookup" "accounts" "assistant" "careers" }}
- { name: CODINGAHEAD_{{ upper . }}_ADDRESS, value: "{{ $name }}-{{ . }}:7000" }
{{- end }}
- { name: CODINGAHEAD_TRACE_READ_RATIO, value: {{ .Values.traceReadRatio | quote }} }
{{- if .Values.tls.secretName }}
- { name: CODINGAHEAD_TLS_CA, value: /tls/ca.crt }
- { name: CODINGAHEAD_TLS_CERT, value: /tls/tls.crt }
- { name: CODINGAHEAD_TLS_KEY, value: /tls/tls.key }
{{- end }}
{{- end -}}
