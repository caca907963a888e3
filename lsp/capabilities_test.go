package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

// declared is what a client says of itself, as far as the tests ask. The files in
// testdata/clients are what real editors sent; that of Sublime Text is what the code of its
// package LSP makes, run outside of the editor.
type declared struct {
	Workspace struct {
		Configuration          bool
		DidChangeConfiguration struct{ DynamicRegistration bool }
		DidChangeWatchedFiles  struct{ DynamicRegistration bool }
		CodeLens, Diagnostics  struct{ RefreshSupport bool }
	}
	TextDocument struct {
		Completion struct{ DynamicRegistration bool }
		Diagnostic *struct{}
		InlayHint  *struct{}
		Hover      struct{ ContentFormat []string }
		CodeAction struct {
			CodeActionLiteralSupport *struct{}
			DataSupport              bool
			ResolveSupport           *struct{ Properties []string }
		}
		DocumentSymbol struct{ HierarchicalDocumentSymbolSupport bool }
	}
	Window struct {
		WorkDoneProgress bool
		ShowDocument     struct{ Support bool }
	}
}

// What an editor does not declare is not used, and what it needs reaches it another way:
// findings pushed where they are not pulled, hovers as plain text, fixes with their edits
// in them, commands in the place of actions.
func TestEveryClientGetsWhatItCanTake(t *testing.T) {
	files, err := filepath.Glob("testdata/clients/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("%v: %q", err, files)
	}
	for _, name := range append(files, "") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			var client struct{ Capabilities json.RawMessage }
			client.Capabilities = json.RawMessage(`{}`)
			if name != "" {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(text, &client); err != nil {
					t.Fatal(err)
				}
			}
			var can declared
			if err := json.Unmarshal(client.Capabilities, &can); err != nil {
				t.Fatal(err)
			}
			takes(t, client.Capabilities, can)
		})
	}
}

// takes has a client of some capabilities open the demo server and ask for all there is.
func takes(t *testing.T, capabilities json.RawMessage, can declared) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, folder := demo(t, "python-notes", string(capabilities), nil)
	uri := source.URIOf(filepath.Join(folder, "server.py"))
	f := e.openFile(filepath.Join(folder, "server.py"))

	// Findings come by the way that the client takes.
	if can.TextDocument.Diagnostic != nil {
		if !f.has("command-injection") {
			t.Error("nothing is found by pulling")
		}
		if n := e.count("textDocument/publishDiagnostics"); n != 0 {
			t.Errorf("%d are pushed to a client that pulls", n)
		}
	} else if got := e.published(uri); len(got.Diagnostics) == 0 {
		t.Error("nothing is pushed")
	}

	// Hovers as it shows them.
	line := f.line("done = subprocess.run(command")
	hover := call[struct{ Contents struct{ Kind, Value string } }](e, "textDocument/hover", at(uri, line, 14))
	markdown := strings.Contains(strings.Join(can.TextDocument.Hover.ContentFormat, " "), "markdown")
	if (hover.Contents.Kind == "markdown") != markdown || !strings.Contains(hover.Contents.Value, "Attack") {
		t.Errorf("the hover is %s", hover.Contents.Kind)
	}

	// Fixes with their edits, unless the client resolves them; commands where it takes no
	// actions.
	resolves := can.TextDocument.CodeAction.DataSupport && can.TextDocument.CodeAction.ResolveSupport != nil && strings.Contains(strings.Join(can.TextDocument.CodeAction.ResolveSupport.Properties, " "), "edit")
	verify := f.line("verify=False")
	fixed, explained := false, false
	for _, raw := range call[[]json.RawMessage](e, "textDocument/codeAction", inRange(uri, verify, 16, 16)) {
		var a struct {
			Title   string
			Kind    string
			Edit    json.RawMessage
			Data    json.RawMessage
			Command json.RawMessage
		}
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatal(err)
		}
		explained = explained || strings.HasPrefix(a.Title, "Explain")
		if can.TextDocument.CodeAction.CodeActionLiteralSupport == nil {
			if a.Kind != "" || a.Edit != nil {
				t.Errorf("an action for a client that takes commands: %s", raw)
			}
			continue
		}
		if a.Title == "Verify certificates" {
			fixed = true
			if (a.Edit == nil) != resolves || (a.Data != nil) != resolves {
				t.Errorf("edit %t, data %t, and the client resolves: %t", a.Edit != nil, a.Data != nil, resolves)
			}
		}
	}
	if !explained || !fixed && can.TextDocument.CodeAction.CodeActionLiteralSupport != nil {
		t.Errorf("explained %t, fixed %t", explained, fixed)
	}

	// An answer changes scores, which asks some clients to look again.
	call[json.RawMessage](e, "workspace/executeCommand", execute(commandAnswer, uri, "export_note", "who-confirms", "nobody"))
	shown := call[shownModel](e, "workspace/executeCommand", execute(commandModel, uri))
	if !strings.Contains(shown.Markdown, "# Threat model: notes") {
		t.Error("the threat model does not come as the answer")
	}

	// Everything else is answered, and metamodel.py looks at the answers.
	everything := map[string]any{"start": map[string]int{"line": 0, "character": 0}, "end": map[string]int{"line": 200, "character": 0}}
	whole := ofDocument(uri)
	whole["range"] = everything
	offered := ofDocument(uri)
	offered["range"], offered["context"] = everything, map[string]any{"diagnostics": []any{}}
	fingerprint := ""
	for _, raw := range call[[]json.RawMessage](e, "textDocument/codeAction", offered) {
		var a struct{ Data json.RawMessage }
		if json.Unmarshal(raw, &a) == nil && a.Data != nil {
			call[any](e, "codeAction/resolve", raw)
		}
		if _, arguments, ok := strings.Cut(string(raw), `"arguments":["command-injection","`+uri+`","`); ok {
			fingerprint, _, _ = strings.Cut(arguments, `"`)
		}
	}
	if fingerprint == "" {
		t.Fatal("no action explains the injection")
	}
	call[any](e, "textDocument/hover", at(uri, f.line("def export_note"), 6))
	call[any](e, "textDocument/codeLens", ofDocument(uri))
	call[any](e, "textDocument/documentSymbol", ofDocument(uri))
	call[any](e, "workspace/symbol", map[string]any{"query": ""})
	if can.TextDocument.InlayHint != nil {
		call[any](e, "textDocument/inlayHint", whole)
	}
	book := source.URIOf(filepath.Join(folder, ".mcpaudit", "threat-model.yaml"))
	e.open(book, "version: 1\nanswers:\n  - question: who-confirms\n    ")
	call[any](e, "textDocument/completion", at(book, 3, 4))
	call[any](e, "textDocument/hover", at(book, 2, 16))
	if can.TextDocument.Diagnostic != nil {
		call[any](e, "workspace/diagnostic", map[string]any{"previousResultIds": []any{}})
	}
	call[any](e, "workspace/executeCommand", execute(commandExplain, "command-injection", uri, fingerprint))
	call[any](e, "workspace/executeCommand", execute(commandQuestion, uri, "export_note"))
	call[any](e, "workspace/executeCommand", execute(commandDraft, uri, fingerprint))
	call[any](e, "workspace/executeCommand", execute(commandModels))
	call[any](e, "workspace/executeCommand", execute(commandCoverage))

	// What was not declared was not used.
	for method, declared := range map[string]bool{
		"workspace/configuration":        can.Workspace.Configuration,
		"workspace/codeLens/refresh":     can.Workspace.CodeLens.RefreshSupport,
		"workspace/diagnostic/refresh":   can.Workspace.Diagnostics.RefreshSupport,
		"window/workDoneProgress/create": can.Window.WorkDoneProgress,
		"window/showDocument":            can.Window.ShowDocument.Support,
		"client/registerCapability":      can.Workspace.DidChangeWatchedFiles.DynamicRegistration || can.Workspace.DidChangeConfiguration.DynamicRegistration || can.TextDocument.Completion.DynamicRegistration,
	} {
		if n := e.count(method); n > 0 && !declared {
			t.Errorf("%d times %s, which the client does not take", n, method)
		}
	}
}

// Nothing is claimed that belongs to the language's own server.
func TestNothingOfOtherServersIsClaimed(t *testing.T) {
	e := start(t, started(), newFake().engine)
	got := e.initialize(capable(minimalClient))
	for _, claim := range []string{
		"completionProvider", "definitionProvider", "declarationProvider", "typeDefinitionProvider", "implementationProvider", "referencesProvider", "renameProvider", "documentFormattingProvider",
		"documentRangeFormattingProvider", "documentOnTypeFormattingProvider", "signatureHelpProvider", "documentHighlightProvider", "semanticTokensProvider", "foldingRangeProvider", "selectionRangeProvider",
	} {
		if _, ok := got[claim]; ok {
			t.Errorf("%s is claimed", claim)
		}
	}
}
