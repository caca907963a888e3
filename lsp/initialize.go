package lsp

// initialize.go serves initialize and initialized: what the client can, what the
// server offers it, and what is asked for once both know.

import (
	"encoding/json"
	"errors"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/source"
)

var encodings = map[string]source.Encoding{"utf-8": source.UTF8, "utf-16": source.UTF16, "utf-32": source.UTF32}

// initialize runs on the reader, before anything else.
func (s *server) initialize(raw json.RawMessage) (any, error) {
	var p initializeParams
	if absent(raw) {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "params are missing")
	}
	// A capability of an unforeseen type is one that is not understood; the rest holds.
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &p); err != nil && !errors.As(err, &mistyped) {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "params: %v", err)
	}
	s.client = p.Capabilities
	s.pulls = p.Capabilities.TextDocument.Diagnostic != nil
	encoding := "utf-16" // the protocol's default
	for _, offered := range p.Capabilities.General.PositionEncodings {
		if _, ok := encodings[offered]; ok {
			encoding = offered
			break
		}
	}
	s.encoding = encodings[encoding]
	s.log.setTraceLevel(p.Trace)
	if p.ClientInfo != nil {
		s.log.info("client %s %s, positions in %s, pulls diagnostics: %t", p.ClientInfo.Name, p.ClientInfo.Version, encoding, s.pulls)
	}

	s.open(p)
	s.phase.Store(int32(running))
	return initializeResult{
		Capabilities: s.capabilities(encoding),
		ServerInfo:   serverInfo{Name: "mcpaudit", Version: s.options.Version},
	}, nil
}

// capabilities are what the server offers this client. It formats, completes and
// defines nothing: it is the second server beside that of the language.
func (s *server) capabilities(encoding string) map[string]any {
	c := map[string]any{
		"positionEncoding": encoding,
		"textDocumentSync": map[string]any{
			"openClose": true,
			"change":    protocol.TextDocumentSyncKindIncremental,
			"save":      map[string]any{"includeText": false},
		},
		"hoverProvider": true,
		"codeActionProvider": map[string]any{
			"codeActionKinds": []string{kindQuickFix, kindThreatModel, kindFixAll},
			"resolveProvider": s.resolvesActions(),
		},
		"codeLensProvider":        map[string]any{},
		"documentSymbolProvider":  map[string]any{"label": "MCP"},
		"workspaceSymbolProvider": true,
		"executeCommandProvider":  map[string]any{"commands": commandNames()},
		"workspace": map[string]any{
			"workspaceFolders": map[string]any{"supported": true, "changeNotifications": true},
		},
	}
	if s.client.TextDocument.InlayHint != nil {
		c["inlayHintProvider"] = true
	}
	if s.pulls {
		c["diagnosticProvider"] = map[string]any{
			"identifier":            sourceName,
			"interFileDependencies": true,
			"workspaceDiagnostics":  true,
			"workDoneProgress":      true,
		}
	}
	return c
}

func (s *server) resolvesActions() bool {
	return s.client.TextDocument.CodeAction.DataSupport &&
		slices.Contains(s.client.TextDocument.CodeAction.ResolveSupport.Properties, "edit")
}

// open prepares the workspace that the client names. The owner has nothing to
// do yet, so this may touch what is its own.
func (s *server) open(p initializeParams) {
	asked := readStart(p.InitializationOptions)
	s.untrusted, s.commandLinks = s.options.Untrusted || asked.Untrusted, asked.CommandLinks
	s.engine = s.start(s.untrusted)
	s.documents = map[string]*document{}
	folders := p.WorkspaceFolders
	switch {
	case len(folders) > 0:
	case p.RootURI != "":
		folders = []workspaceFolder{{URI: p.RootURI}}
	case p.RootPath != "":
		folders = []workspaceFolder{{URI: source.URIOf(p.RootPath)}}
	}
	for _, f := range folders {
		if path, err := source.PathOf(f.URI); err != nil {
			s.log.warn("workspace folder: %v", err)
		} else if !slices.Contains(s.folders, path) {
			s.folders = append(s.folders, path)
		}
	}
	s.engine.SetFolders(s.folders)
	s.startSettings(p.InitializationOptions)
}

// startOptions are initialization options that are no settings.
type startOptions struct {
	// Untrusted says that the workspace is not trusted.
	Untrusted bool `json:"untrusted"`
	// CommandLinks says that the client executes the command links of our hovers.
	CommandLinks bool `json:"commandLinks"`
}

// readStart reads the initialization options that are no settings, with or without our
// section around them.
func readStart(options json.RawMessage) startOptions {
	var o struct {
		startOptions
		Section startOptions `json:"mcpaudit"`
	}
	if !absent(options) {
		// All else in there is settings, which say themselves what is wrong.
		_ = json.Unmarshal(options, &o)
	}
	return startOptions{Untrusted: o.Untrusted || o.Section.Untrusted, CommandLinks: o.CommandLinks || o.Section.CommandLinks}
}

// initialized registers what can only be registered now and begins to audit.
func initialized(s *server, _ json.RawMessage) error {
	s.log.open()
	var wanted []protocol.Registration
	if s.client.Workspace.DidChangeWatchedFiles.DynamicRegistration {
		wanted = append(wanted, protocol.Registration{
			ID: "mcpaudit-files", Method: "workspace/didChangeWatchedFiles",
			RegisterOptions: map[string]any{"watchers": watchers()},
		})
	}
	if s.client.Workspace.DidChangeConfiguration.DynamicRegistration {
		wanted = append(wanted, protocol.Registration{
			ID: "mcpaudit-settings", Method: "workspace/didChangeConfiguration",
			RegisterOptions: map[string]any{"section": sourceName},
		})
	}
	if s.client.TextDocument.Completion.DynamicRegistration {
		// A static claim would make us a source of completions in every source file.
		wanted = append(wanted, protocol.Registration{
			ID: "mcpaudit-completion", Method: "textDocument/completion",
			RegisterOptions: map[string]any{"documentSelector": []map[string]any{{"scheme": "file", "pattern": ownFiles}}, "triggerCharacters": []string{":", " "}},
		})
	}
	if len(wanted) > 0 {
		s.ask("client/registerCapability", protocol.RegistrationParams{Registrations: wanted})
	}
	if s.client.Workspace.Configuration {
		s.pullSettings()
	}
	s.scanWorkspace()
	return nil
}

// ask sends a request whose answer is of no interest unless it is an error.
func (s *server) ask(method string, params any) {
	s.background(method, func() {
		if _, err := s.conn.Call(s.peer, method, params, nil); err != nil && s.peer.Err() == nil {
			s.log.info("%s: %v", method, err)
		}
	})
}
