package operations

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// logModules are words in the names of modules by which programs write down what they do.
var logModules = []string{
	"logging", "loguru", "structlog", "logger", "opentelemetry", "sentry", "ddtrace", "newrelic", "prometheus", "pino", "winston", "bunyan", "log4js",
	"loglevel", "consola", "slog", "logrus", "zerolog", "zap", "glog", "klog", "audit", "telemetry", "datadog", "posthog",
}

// logCalls are the calls that do, by last name.
var logCalls = []string{
	"log", "info", "warn", "warning", "error", "debug", "exception", "critical", "audit", "print", "trace", "emit",
	"Print", "Printf", "Println", "Info", "Infof", "Warn", "Warnf", "Error", "Errorf", "Debug", "Debugf", "Fatal", "Fatalf", "Log", "Logf", "Fprintf", "Fprintln",
	"sendLoggingMessage", "stderr",
}

// missingAuditLog reports servers over HTTP whose tools destroy something and which write
// down nothing at all.
func missingAuditLog(p *rule.Pass) {
	if !shipped(p) {
		return
	}
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind != mcp.SSE && t.Kind != mcp.StreamableHTTP {
			continue
		}
		s := p.Server()
		if s.Imports(logModules...) || s.Modules["log"] {
			return
		}
		for _, name := range logCalls {
			if s.Calls[name] {
				return
			}
		}
		for j := range s.Entries {
			if e := &s.Entries[j]; destroys(e) {
				p.Report(rule.Finding{Span: t.Span, Tool: e.Name, Sink: t.Name})
				return
			}
		}
		return
	}
}

// destroys reports whether a tool deletes, runs commands or changes data.
func destroys(e *rule.ServerEntry) bool {
	if e.Kind != mcp.Tool || e.ReadOnly == mcp.True {
		return false
	}
	for _, d := range e.Does {
		switch d.Kind {
		case flow.PathDelete, flow.Shell:
			return true
		case flow.Query, flow.WholeQuery:
			if d.Mutates {
				return true
			}
		}
	}
	return e.Destructive == mcp.True
}
