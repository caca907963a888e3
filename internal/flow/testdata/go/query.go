// Package query has queries of libraries that no model names: the text shows
// the language.
package query

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"regexp"

	"example.com/store"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type in struct {
	Table string `json:"table"`
}

type params struct {
	Query string
	Limit int
}

type proxy struct {
	http *http.Client
	base string
}

func (p *proxy) query(ctx context.Context, sql string) error {
	payload := map[string]any{"queries": []map[string]any{{"rawSql": sql, "refId": "A"}}}
	data, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/api/ds/query", bytes.NewReader(data)) // flow: query table, query table
	if err != nil {
		return err
	}
	_, err = p.http.Do(req)
	return err
}

func run(ctx context.Context, q params) error {
	p := &proxy{http: http.DefaultClient, base: "https://grafana.example.com"}
	return p.query(ctx, q.Query+" LIMIT 10")
}

var name = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

func check(text, field string) error {
	if text == "" {
		return nil
	}
	if !name.MatchString(text) {
		return fmt.Errorf("%s is no name", field)
	}
	return nil
}

func list(ctx context.Context, req *mcp.CallToolRequest, args in) (*mcp.CallToolResult, any, error) {
	query := `SELECT name FROM system.tables WHERE database NOT IN ('system')`
	if args.Table != "" {
		query += fmt.Sprintf(" AND name = '%s'", args.Table)
	}
	query += " ORDER BY name"
	return nil, nil, run(ctx, params{Query: query, Limit: 10})
}

func describe(ctx context.Context, req *mcp.CallToolRequest, args in) (*mcp.CallToolResult, any, error) {
	query := fmt.Sprintf(`SELECT name FROM system.columns WHERE table = '%s'`, args.Table)
	return nil, nil, run(ctx, params{Query: query, Limit: 10})
}

func checked(ctx context.Context, req *mcp.CallToolRequest, args in) (*mcp.CallToolResult, any, error) {
	if err := check(args.Table, "table"); err != nil {
		return nil, nil, err
	}
	query := fmt.Sprintf(`SELECT name FROM system.columns WHERE table = '%s'`, args.Table)
	return nil, nil, run(ctx, params{Query: query, Limit: 10})
}

func direct(ctx context.Context, req *mcp.CallToolRequest, args in) (*mcp.CallToolResult, any, error) {
	log.Printf("DESCRIBE TABLE %s", args.Table)
	err := store.Execute(ctx, "DESCRIBE TABLE "+args.Table) // flow: query table
	return nil, nil, err
}

func request(ctx context.Context, req *mcp.CallToolRequest, args in) (*mcp.CallToolResult, any, error) {
	err := store.Send(ctx, &store.Request{RawSQL: fmt.Sprintf("SELECT * FROM %s", args.Table)}) // flow: query table
	return nil, nil, err
}

func quoted(ctx context.Context, req *mcp.CallToolRequest, args in) (*mcp.CallToolResult, any, error) {
	err := store.Execute(ctx, fmt.Sprintf("MATCH (n:Person {name: %q}) RETURN n", args.Table))
	return nil, nil, err
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "x", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "list"}, list)
	mcp.AddTool(server, &mcp.Tool{Name: "describe"}, describe)
	mcp.AddTool(server, &mcp.Tool{Name: "checked"}, checked)
	mcp.AddTool(server, &mcp.Tool{Name: "direct"}, direct)
	mcp.AddTool(server, &mcp.Tool{Name: "request"}, request)
	mcp.AddTool(server, &mcp.Tool{Name: "quoted"}, quoted)
	server.Run(context.Background(), &mcp.StdioTransport{})
}
