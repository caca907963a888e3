// How a value travels to a sink.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

type app struct {
	db   *sql.DB
	root string
}

func main() {
	a := &app{root: "/srv"}
	s := server.NewMCPServer("shapes", "1.0.0")
	s.AddTool(mcp.NewTool("direct", mcp.WithString("command", mcp.Required())), direct)
	s.AddTool(mcp.NewTool("vector", mcp.WithString("name")), a.vector)
	s.AddTool(mcp.NewTool("query", mcp.WithString("name")), a.query)
	s.AddTool(mcp.NewTool("read", mcp.WithString("file")), a.read)
	s.AddTool(mcp.NewTool("helper", mcp.WithString("command")), a.helper)
	s.AddTool(mcp.NewTool("fetch", mcp.WithString("url"), mcp.WithString("id")), fetch)
	s.AddTool(mcp.NewTool("closure", mcp.WithString("word")), func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		word := req.GetString("word", "")
		run := func(text string) error {
			return exec.Command("sh", "-c", text).Run() // flow: shell word
		}
		return nil, run("grep " + word)
	})
	s.AddTool(mcp.NewTool("count", mcp.WithNumber("n")), func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		n := req.GetInt("n", 1)
		return nil, exec.Command("sh", "-c", fmt.Sprintf("head -n %d log", n)).Run()
	})
	server.ServeStdio(s)
}

func direct(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	command, err := req.RequireString("command")
	if err != nil {
		return mcp.NewToolResultError(err.Error()), nil
	}
	out, err := exec.CommandContext(ctx, "bash", "-c", command).Output() // flow: shell command
	if err != nil {
		return nil, err
	}
	return mcp.NewToolResultText(string(out)), nil
}

func (a *app) vector(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	name := req.GetString("name", "")
	args := []string{"log"}
	args = append(args, name)
	exec.Command("git", args...).Run() // flow: argv name
	exec.Command("git", "log", "--", name).Run()
	exec.Command("git", "log", "--author="+name).Run()
	exec.Command(name).Run() // flow: program name
	return nil, nil
}

func (a *app) query(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	name := req.GetString("name", "")
	a.db.QueryContext(ctx, "SELECT * FROM t WHERE name = ?", name)
	q := fmt.Sprintf("SELECT * FROM t WHERE name = '%s'", name)
	rows, err := a.db.QueryContext(ctx, q) // flow: query name
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return nil, nil
}

func (a *app) read(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	file, _ := req.GetArguments()["file"].(string)
	data, err := os.ReadFile(filepath.Join(a.root, file)) // flow: path-read file
	if err != nil {
		return nil, err
	}
	return mcp.NewToolResultText(string(data)), nil
}

func (a *app) helper(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	command := req.GetString("command", "")
	return nil, a.run(strings.TrimSpace(command))
}

func (a *app) run(text string) error {
	return exec.Command("sh", "-c", text).Run() // flow: shell command
}

func fetch(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	http.Get(req.GetString("url", "")) // flow: request url
	http.Get("https://api.example.com/" + req.GetString("id", ""))
	r, err := http.NewRequestWithContext(ctx, "GET", req.GetString("url", ""), nil) // flow: request url
	if err != nil {
		return nil, err
	}
	_, err = http.DefaultClient.Do(r)
	return nil, err
}
