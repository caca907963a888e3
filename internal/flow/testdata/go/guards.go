// Guards, each with the program that lacks it.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const root = "/srv/data"

var (
	name    = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)
	open    = regexp.MustCompile(`[a-zA-Z0-9_]+`)
	allowed = map[string]bool{"a.txt": true}
	list    = []string{"a.txt", "b.txt"}

	errOutside = errors.New("outside")
)

type fileIn struct {
	File string `json:"file" jsonschema:"the file"`
}

type tableIn struct {
	Table string `json:"table"`
	Limit int    `json:"limit"`
}

func main() {
	s := mcp.NewServer(&mcp.Implementation{Name: "guards"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "bare"}, bare)
	mcp.AddTool(s, &mcp.Tool{Name: "local"}, local)
	mcp.AddTool(s, &mcp.Tool{Name: "relative"}, relative)
	mcp.AddTool(s, &mcp.Tool{Name: "prefix"}, prefix)
	mcp.AddTool(s, &mcp.Tool{Name: "no_separator"}, noSeparator)
	mcp.AddTool(s, &mcp.Tool{Name: "contains"}, contains)
	mcp.AddTool(s, &mcp.Tool{Name: "error_helper"}, errorHelper)
	mcp.AddTool(s, &mcp.Tool{Name: "value_helper"}, valueHelper)
	mcp.AddTool(s, &mcp.Tool{Name: "bool_helper"}, boolHelper)
	mcp.AddTool(s, &mcp.Tool{Name: "map"}, inMap)
	mcp.AddTool(s, &mcp.Tool{Name: "map_ok"}, inMapOK)
	mcp.AddTool(s, &mcp.Tool{Name: "list"}, inList)
	mcp.AddTool(s, &mcp.Tool{Name: "rooted"}, rooted)
	mcp.AddTool(s, &mcp.Tool{Name: "regex"}, regex)
	mcp.AddTool(s, &mcp.Tool{Name: "regex_open"}, regexOpen)
	mcp.AddTool(s, &mcp.Tool{Name: "number"}, number)
	mcp.AddTool(s, &mcp.Tool{Name: "dash"}, dash)
	mcp.AddTool(s, &mcp.Tool{Name: "switch"}, switched)
	mcp.AddTool(s, &mcp.Tool{Name: "hosts"}, hosts)
	mcp.AddTool(s, &mcp.Tool{Name: "public"}, public)
	s.Run(context.Background(), &mcp.StdioTransport{})
}

func bare(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	_, err := os.ReadFile(filepath.Join(root, in.File)) // flow: path-read file
	return nil, nil, err
}

func local(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if !filepath.IsLocal(in.File) {
		return nil, nil, errOutside
	}
	_, err := os.ReadFile(filepath.Join(root, in.File))
	return nil, nil, err
}

func relative(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	full := filepath.Join(root, in.File)
	rel, err := filepath.Rel(root, full)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return nil, nil, errOutside
	}
	_, err = os.ReadFile(full)
	return nil, nil, err
}

func prefix(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	full := filepath.Clean(filepath.Join(root, in.File))
	if !strings.HasPrefix(full, root+string(filepath.Separator)) {
		return nil, nil, errOutside
	}
	return nil, nil, os.Remove(full)
}

func noSeparator(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	full := filepath.Clean(filepath.Join(root, in.File))
	if !strings.HasPrefix(full, root) {
		return nil, nil, errOutside
	}
	return nil, nil, os.Remove(full) // flow: path-delete file (prefix-without-separator)
}

func contains(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if strings.Contains(in.File, "..") || strings.ContainsAny(in.File, `/\`) {
		return nil, nil, errOutside
	}
	return nil, nil, os.Remove(filepath.Join(root, in.File))
}

func check(file string) error {
	if !filepath.IsLocal(file) {
		return fmt.Errorf("outside: %s", file)
	}
	return nil
}

func resolve(file string) (string, error) {
	full, err := filepath.EvalSymlinks(filepath.Join(root, file))
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(full, root+"/") {
		return "", errOutside
	}
	return full, nil
}

func isInside(file string) bool {
	return filepath.IsLocal(file)
}

func errorHelper(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if err := check(in.File); err != nil {
		return nil, nil, err
	}
	return nil, nil, os.Remove(filepath.Join(root, in.File))
}

func valueHelper(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	full, err := resolve(in.File)
	if err != nil {
		return nil, nil, err
	}
	return nil, nil, os.Remove(full)
}

func boolHelper(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if !isInside(in.File) {
		return nil, nil, errOutside
	}
	return nil, nil, os.Remove(filepath.Join(root, in.File))
}

func inMap(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if !allowed[in.File] {
		return nil, nil, errOutside
	}
	return nil, nil, os.Remove(in.File)
}

func inMapOK(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if _, ok := allowed[in.File]; !ok {
		return nil, nil, errOutside
	}
	return nil, nil, os.Remove(in.File)
}

func inList(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if !slices.Contains(list, in.File) {
		return nil, nil, errOutside
	}
	return nil, nil, os.Remove(in.File)
}

func rooted(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, err
	}
	_, err = r.Open(in.File)
	return nil, nil, err
}

func regex(ctx context.Context, req *mcp.CallToolRequest, in tableIn) (*mcp.CallToolResult, any, error) {
	if !name.MatchString(in.Table) {
		return nil, nil, errOutside
	}
	return nil, nil, exec.Command("sh", "-c", "dump "+in.Table).Run()
}

func regexOpen(ctx context.Context, req *mcp.CallToolRequest, in tableIn) (*mcp.CallToolResult, any, error) {
	if !open.MatchString(in.Table) {
		return nil, nil, errOutside
	}
	return nil, nil, exec.Command("sh", "-c", "dump "+in.Table).Run() // flow: shell table (unanchored-regex)
}

func number(ctx context.Context, req *mcp.CallToolRequest, in tableIn) (*mcp.CallToolResult, any, error) {
	n, err := strconv.Atoi(in.Table)
	if err != nil {
		return nil, nil, err
	}
	exec.Command("sh", "-c", fmt.Sprintf("head -n %d", in.Limit)).Run()
	return nil, nil, exec.Command("sh", "-c", fmt.Sprintf("head -n %d", n)).Run()
}

func dash(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	if strings.HasPrefix(in.File, "-") {
		return nil, nil, errOutside
	}
	return nil, nil, exec.Command("git", "checkout", in.File).Run()
}

func switched(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	switch in.File {
	case "a", "b":
		return nil, nil, exec.Command("sh", "-c", "make "+in.File).Run()
	}
	return nil, nil, exec.Command("sh", "-c", "make "+in.File).Run() // flow: shell file
}

func hosts(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	u, err := url.Parse(in.File)
	if err != nil {
		return nil, nil, err
	}
	if u.Scheme != "https" || u.Hostname() != "api.example.com" {
		return nil, nil, errOutside
	}
	_, err = http.Get(u.String())
	return nil, nil, err
}

func public(ctx context.Context, req *mcp.CallToolRequest, in fileIn) (*mcp.CallToolResult, any, error) {
	u, err := url.Parse(in.File)
	if err != nil {
		return nil, nil, err
	}
	addresses, err := net.LookupIP(u.Hostname())
	if err != nil {
		return nil, nil, err
	}
	for _, a := range addresses {
		if a.IsPrivate() || a.IsLoopback() {
			return nil, nil, errOutside
		}
	}
	_, err = http.Get(in.File)
	return nil, nil, err
}
