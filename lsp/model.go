package lsp

// model.go serves mcpaudit.showThreatModel: the threat model of a server as a document
// and as pictures.

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/markup"
	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
)

const (
	commandModel  = "mcpaudit.showThreatModel"
	commandModels = "mcpaudit.models"
)

// folderModels are the threat models of a workspace folder as data, in the form that
// `mcpaudit model --format json` writes.
type folderModels struct {
	Folder string          `json:"folder"` // its URI
	Models json.RawMessage `json:"models"`
}

// models gives the threat models of all workspace folders, for clients that show them in
// a view of their own.
func models(ctx context.Context, s *server, v *view, _ []json.RawMessage) (any, error) {
	all := []folderModels{}
	for _, folder := range v.Folders() {
		results, err := v.below(ctx, folder)
		if err != nil {
			return nil, err
		}
		data, err := threat.JSON(threat.Models(results, folder, v.bookOf(folder)), s.options.Version)
		if err != nil {
			return nil, err
		}
		all = append(all, folderModels{Folder: source.URIOf(folder), Models: data})
	}
	return all, nil
}

// shownModel is the answer to mcpaudit.showThreatModel, for clients that show it
// themselves.
type shownModel struct {
	Name     string `json:"name"`
	Markdown string `json:"markdown"` // the document, with the picture in Mermaid
	Mermaid  string `json:"mermaid"`
	SVG      string `json:"svg"`
	URI      string `json:"uri,omitempty"` // where the document was opened
}

// showThreatModel shows the threat model of the server that a file belongs to, given by
// its URI; without one, of the server with the worst finding. The theme of the picture,
// auto, light or dark, may follow. With a third argument, whatever it is, the client shows
// the answer itself.
func showThreatModel(ctx context.Context, s *server, v *view, arguments []json.RawMessage) (any, error) {
	theme := threat.Auto
	if len(arguments) > 1 {
		if json.Unmarshal(arguments[1], &theme) != nil || !slices.Contains(threat.Themes, theme) {
			return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s wants a theme of %v", commandModel, threat.Themes)
		}
	}
	m, err := v.modelToShow(ctx, arguments)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "there is no MCP server here: nothing registers a tool, resource or prompt with an SDK that mcpaudit knows")
	}
	picture := m.Draw()
	answer := shownModel{Name: markup.Short(m.Name), Markdown: m.Document(threat.DocumentOptions{Version: s.options.Version}), Mermaid: picture.Mermaid(), SVG: picture.SVG(theme)}
	if len(arguments) > 2 { // the client shows it itself
		return answer, nil
	}
	if !s.client.Window.ShowDocument.Support {
		s.log.notify("window/showMessage", protocol.ShowMessageParams{Type: protocol.MessageTypeInfo, Message: markup.Short(m.Name + ": " + m.Headline() + ". mcpaudit model writes it.")})
		return answer, nil
	}
	h := fnv.New64a()
	fmt.Fprint(h, m.Folder) // a hash takes everything
	name := fmt.Sprintf("model-%016x", h.Sum64())
	text := m.Document(threat.DocumentOptions{Version: s.options.Version, Image: name + ".svg"})
	if _, err := writeOwn("models", name+".svg", answer.SVG); err != nil {
		s.log.warn("the picture could not be written: %v", err)
		text = answer.Markdown
	}
	file, err := writeOwn("models", name+".md", text)
	if err != nil {
		return nil, fmt.Errorf("the document could not be written: %w", err)
	}
	if uri := source.URIOf(file); s.showDocument(ctx, uri, false) {
		answer.URI = uri
	}
	return answer, nil
}

// modelToShow gives the threat model of the server of a file, or of the one with the worst
// finding; nil where there is none.
func (v *view) modelToShow(ctx context.Context, arguments []json.RawMessage) (*threat.Model, error) {
	var uri string
	if len(arguments) > 0 && json.Unmarshal(arguments[0], &uri) == nil && uri != "" {
		path, err := source.PathOf(uri)
		if err != nil {
			return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: %v", commandModel, err)
		}
		res, err := v.Audit(ctx, path)
		if err != nil {
			return nil, err
		}
		return v.model(ctx, res)
	}
	var worst *threat.Model
	for _, folder := range v.Folders() {
		results, err := v.below(ctx, folder)
		if err != nil {
			return nil, err
		}
		for _, m := range threat.Models(results, folder, v.bookOf(folder)) {
			if worst == nil {
				worst = m
				continue
			}
			a, _ := m.Worst()
			b, _ := worst.Worst()
			if a.AIVSS > b.AIVSS {
				worst = m
			}
		}
	}
	return worst, nil
}
