package lsp

// protocol_extra.go declares what go.lsp.dev/protocol, which stops at LSP 3.16,
// lacks or says wrongly: position encodings, pull diagnostics, changes whose
// range may be absent, and the part of the client's capabilities that matters here.

import (
	"encoding/json"

	fastjson "github.com/segmentio/encoding/json"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// codeServerCancelled tells the client of a pull that the server gave up on it.
const codeServerCancelled jsonrpc2.Code = -32802

// initializeParams are the members of InitializeParams that are read.
type initializeParams struct {
	ClientInfo *struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"clientInfo"`
	RootPath              string            `json:"rootPath"`
	RootURI               string            `json:"rootUri"`
	WorkspaceFolders      []workspaceFolder `json:"workspaceFolders"`
	InitializationOptions json.RawMessage   `json:"initializationOptions"`
	Capabilities          capabilities      `json:"capabilities"`
	Trace                 string            `json:"trace"`
}

type workspaceFolder struct {
	URI  string `json:"uri"`
	Name string `json:"name"`
}

type dynamic struct {
	DynamicRegistration bool `json:"dynamicRegistration"`
}

type refreshable struct {
	RefreshSupport bool `json:"refreshSupport"`
}

// capabilities are those of the client that decide what it is sent.
type capabilities struct {
	General struct {
		PositionEncodings []string `json:"positionEncodings"`
	} `json:"general"`
	Window struct {
		WorkDoneProgress bool `json:"workDoneProgress"`
		ShowDocument     struct {
			Support bool `json:"support"`
		} `json:"showDocument"`
	} `json:"window"`
	Workspace struct {
		Configuration          bool        `json:"configuration"`
		DidChangeConfiguration dynamic     `json:"didChangeConfiguration"`
		DidChangeWatchedFiles  dynamic     `json:"didChangeWatchedFiles"`
		Diagnostics            refreshable `json:"diagnostics"`
		CodeLens               refreshable `json:"codeLens"`
		InlayHint              refreshable `json:"inlayHint"`
		WorkspaceEdit          struct {
			DocumentChanges bool `json:"documentChanges"`
		} `json:"workspaceEdit"`
	} `json:"workspace"`
	TextDocument struct {
		PublishDiagnostics diagnosticSupport  `json:"publishDiagnostics"`
		Diagnostic         *diagnosticSupport `json:"diagnostic"` // present: the client pulls
		Hover              struct {
			ContentFormat []string `json:"contentFormat"`
		} `json:"hover"`
		InlayHint  *struct{} `json:"inlayHint"` // present: the client shows them
		Completion struct {
			DynamicRegistration bool `json:"dynamicRegistration"`
		} `json:"completion"`
		CodeAction struct {
			LiteralSupport *struct{} `json:"codeActionLiteralSupport"`
			DataSupport    bool      `json:"dataSupport"`
			IsPreferred    bool      `json:"isPreferredSupport"`
			ResolveSupport struct {
				Properties []string `json:"properties"`
			} `json:"resolveSupport"`
		} `json:"codeAction"`
		DocumentSymbol struct {
			Hierarchical bool `json:"hierarchicalDocumentSymbolSupport"`
		} `json:"documentSymbol"`
	} `json:"textDocument"`
}

type diagnosticSupport struct {
	RelatedInformation bool `json:"relatedInformation"`
	CodeDescription    bool `json:"codeDescriptionSupport"`
	Data               bool `json:"dataSupport"`
	Version            bool `json:"versionSupport"` // of pushed ones
	TagSupport         struct {
		ValueSet []int `json:"valueSet"`
	} `json:"tagSupport"`
}

// contentChange is TextDocumentContentChangeEvent with a range that may be absent.
type contentChange struct {
	Range *protocol.Range `json:"range"`
	Text  string          `json:"text"`
}

type didChangeParams struct {
	TextDocument struct {
		URI     string `json:"uri"`
		Version int32  `json:"version"`
	} `json:"textDocument"`
	ContentChanges []contentChange `json:"contentChanges"`
}

type didOpenParams struct {
	TextDocument struct {
		URI        string `json:"uri"`
		LanguageID string `json:"languageId"`
		Version    int32  `json:"version"`
		Text       string `json:"text"`
	} `json:"textDocument"`
}

// documentParams are the params of every request about one document.
type documentParams struct {
	TextDocument struct {
		URI string `json:"uri"`
	} `json:"textDocument"`
}

// inlayHintParams and inlayScore are InlayHintParams and InlayHint of LSP 3.17.
type inlayHintParams struct {
	documentParams
	Range protocol.Range `json:"range"`
}

type inlayScore struct {
	Position    protocol.Position `json:"position"`
	Label       string            `json:"label"`
	Tooltip     string            `json:"tooltip"`
	PaddingLeft bool              `json:"paddingLeft"`
}

type positionParams struct {
	documentParams
	Position protocol.Position `json:"position"`
}

// serverInfo and the capabilities below are the answer to initialize.
type serverInfo struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type initializeResult struct {
	Capabilities map[string]any `json:"capabilities"`
	ServerInfo   serverInfo     `json:"serverInfo"`
}

// The reports of pull diagnostics.
const (
	reportFull      = "full"
	reportUnchanged = "unchanged"
)

type documentDiagnosticParams struct {
	documentParams
	PreviousResultID string `json:"previousResultId"`
}

// documentReport is a full report, whose items may not be null, or an unchanged one.
type documentReport struct {
	Kind     string              `json:"kind"`
	ResultID string              `json:"resultId,omitempty"`
	Items    fastjson.RawMessage `json:"items,omitempty"`
}

type workspaceDiagnosticParams struct {
	PreviousResultIDs []struct {
		URI   string `json:"uri"`
		Value string `json:"value"`
	} `json:"previousResultIds"`
	WorkDoneToken      json.RawMessage `json:"workDoneToken"`
	PartialResultToken json.RawMessage `json:"partialResultToken"`
}

type workspaceDocumentReport struct {
	URI     string `json:"uri"`
	Version *int32 `json:"version"` // null for a file that is not open
	documentReport
}

type workspaceReport struct {
	Items []workspaceDocumentReport `json:"items"`
}

// cancellationData goes with codeServerCancelled.
type cancellationData struct {
	RetriggerRequest bool `json:"retriggerRequest"`
}

// progressParams is ProgressParams with a token as it came.
type progressParams struct {
	Token json.RawMessage `json:"token"`
	Value any             `json:"value"`
}

// workDone is the value of a work-done progress: begin, report or end.
type workDone struct {
	Kind        string  `json:"kind"`
	Title       string  `json:"title,omitempty"`
	Cancellable bool    `json:"cancellable,omitempty"`
	Message     string  `json:"message,omitempty"`
	Percentage  *uint32 `json:"percentage,omitempty"`
}
