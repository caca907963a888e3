package lsp

// symbols.go serves textDocument/documentSymbol and workspace/symbol: the tools,
// resources and prompts of a server.

import (
	"context"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/source"
)

var symbolKinds = map[mcp.EntryKind]protocol.SymbolKind{
	mcp.Tool:       protocol.SymbolKindFunction,
	mcp.Resource:   protocol.SymbolKindFile,
	mcp.Prompt:     protocol.SymbolKindString,
	mcp.Completion: protocol.SymbolKindEnumMember,
}

// maxSymbols bounds an answer to workspace/symbol.
const maxSymbols = 2000

func documentSymbol(ctx context.Context, s *server, v *view, p documentParams) (any, error) {
	res, err := s.result(ctx, v, p.TextDocument.URI)
	if res == nil {
		return []protocol.DocumentSymbol{}, err
	}
	tree, flat := []protocol.DocumentSymbol{}, []protocol.SymbolInformation{}
	for _, e := range res.Facts.Entries {
		if s.client.TextDocument.DocumentSymbol.Hierarchical {
			tree = append(tree, s.symbol(res, e))
		} else {
			flat = append(flat, s.symbolInformation(v, res, e))
		}
	}
	if s.client.TextDocument.DocumentSymbol.Hierarchical {
		return tree, nil
	}
	return flat, nil
}

func (s *server) symbol(res *audit.FileResult, e *mcp.Entry) protocol.DocumentSymbol {
	whole := e.Span
	if !whole.Contains(e.NameSpan) { // the protocol demands it
		whole = source.Span{Start: min(whole.Start, e.NameSpan.Start), End: max(whole.End, e.NameSpan.End)}
	}
	detail := e.Kind.String()
	if n, worst := entryFindings(res, e); n > 0 {
		detail += " · " + tally(n, worst)
	}
	return protocol.DocumentSymbol{
		Name: entryName(e), Detail: detail, Kind: symbolKinds[e.Kind],
		Range: s.rangeOf(res.Text, whole), SelectionRange: s.rangeOf(res.Text, e.NameSpan),
	}
}

func (s *server) symbolInformation(v *view, res *audit.FileResult, e *mcp.Entry) protocol.SymbolInformation {
	return protocol.SymbolInformation{
		Name: entryName(e), Kind: symbolKinds[e.Kind], ContainerName: e.Kind.String(),
		Location: protocol.Location{URI: protocol.DocumentURI(v.uri(res.Path)), Range: s.rangeOf(res.Text, e.NameSpan)},
	}
}

// entryName gives a name that clients accept, which may not be blank.
func entryName(e *mcp.Entry) string {
	if name := strings.TrimSpace(markup.Short(e.Name)); name != "" {
		return name
	}
	return "unnamed " + e.Kind.String()
}

// entryFindings counts the findings that start from an entry and gives the worst.
func entryFindings(res *audit.FileResult, e *mcp.Entry) (n int, worst *audit.Finding) {
	for _, f := range res.Findings {
		if f.Suppressed != nil || e.Name == "" || f.Tool != e.Name {
			continue
		}
		n++
		if worst == nil || f.Score.AIVSS > worst.Score.AIVSS {
			worst = f
		}
	}
	return n, worst
}

// tally says how many findings there are and how bad the worst is.
func tally(n int, worst *audit.Finding) string {
	count := fmt.Sprintf("%d findings", n)
	if n == 1 {
		count = "1 finding"
	}
	if worst != nil && worst.Score.Scored {
		count += fmt.Sprintf(" · worst %s %s", worst.Score.AIVSS, worst.Score.Band)
	}
	return count
}

type symbolParams struct {
	Query string `json:"query"`
}

func workspaceSymbol(ctx context.Context, s *server, v *view, p symbolParams) (any, error) {
	results, err := v.AuditAll(ctx, func(int, int) { s.hot.wait() })
	if err != nil {
		return nil, err
	}
	found := []protocol.SymbolInformation{}
	for _, res := range results {
		for _, e := range res.Facts.Entries {
			if matches(p.Query, e.Name) {
				found = append(found, s.symbolInformation(v, res, e))
			}
			if len(found) == maxSymbols {
				return found, nil
			}
		}
	}
	return found, nil
}

// matches reports whether the letters of query occur in name in their order,
// whatever their case, as editors match symbols.
func matches(query, name string) bool {
	rest := strings.ToLower(name)
	for _, r := range strings.ToLower(query) {
		i := strings.IndexRune(rest, r)
		if i < 0 {
			return false
		}
		rest = rest[i+len(string(r)):]
	}
	return true
}
