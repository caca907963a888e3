// Package main is a server of the official Go SDK, each way to register once.
package main

import (
	"context"
	"net/http"
	"os"

	"example.com/other"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type readArgs struct {
	Path  string   `json:"path" jsonschema:"the path, to read"`
	Limit int      `json:"limit,omitempty"`
	Tags  []string `json:"tags"`
	Skip  string   `json:"-"`
	inner string
}

type handlers struct{}

// : input in *=read
func (h *handlers) read(ctx context.Context, req *mcp.CallToolRequest, in readArgs) (*mcp.CallToolResult, any, error) { //: input req Params.Arguments*=read Extra.Header=read Params.RequestState=read Params.InputResponses=read

	return nil, nil, nil
}

func raw(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) { //: input req Params.Arguments*=raw Extra.Header=raw Params.RequestState=raw Params.InputResponses=raw
	return nil, nil
}

// A handler that another file registers.
func elsewhere(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) { //: input req Params.Arguments*
	return nil, nil
}

func complete(ctx context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) { //: input req Params.Argument*=completion/complete Params.Context=completion/complete
	return nil, nil
}

func main() {
	h := &handlers{}
	//: server go-sdk "demo" server
	//: completion completion/complete(value/Value:string) -> complete
	server := mcp.NewServer(&mcp.Implementation{Name: "demo", Version: "v1"}, &mcp.ServerOptions{CompletionHandler: complete})
	readOnly := true
	mcp.AddTool(server, &mcp.Tool{
		Name:        "read", //: tool read(path/Path:string "the path, to read", limit/Limit:integer, tags/Tags:array{of:string}) -> read "Read a file" +readOnly -openWorld
		Description: "Read a file",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: ptr(false)},
	}, h.read)
	tool := &mcp.Tool{Name: "raw", InputSchema: &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{ //: tool raw(a:string{/^[a-z]+$/ len<=9} unchecked "An a") -> raw
		"a": {Type: "string", Pattern: "^[a-z]+$", MaxLength: jsonschema.Ptr(9), Description: "An a"},
	}}}
	server.AddTool(tool, raw)
	//: tool literal(B:string) -> λ+0
	//: input req Params.Arguments*=literal Extra.Header=literal Params.RequestState=literal Params.InputResponses=literal
	//: input in *=literal
	mcp.AddTool(server, &mcp.Tool{Name: "literal"}, func(ctx context.Context, req *mcp.CallToolRequest, in struct{ B string }) (*mcp.CallToolResult, any, error) {
		return nil, nil, nil
	})
	//: resource  <file:///{name}>(name:string) -> λ+0
	//: input req Params.URI= Params.Arguments*= Extra.Header=
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "file:///{name}"}, func(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return nil, nil
	})
	//: prompt ask(topic:string "What") -> λ+0
	//: input req Params.Arguments*=ask Extra.Header=ask
	server.AddPrompt(&mcp.Prompt{Name: "ask", Arguments: []*mcp.PromptArgument{{Name: "topic", Description: "What", Required: true}}}, func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) { return nil, nil })

	own := other.NewServer()
	own.AddTool(&other.Tool{Name: "decoy"}, decoy)

	if len(os.Args) > 1 {
		handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: true}) //: transport streamable-http :8080 {Stateless=true}
		http.HandleFunc("GET /health", health)                                                                                                  //: route GET /health -> health
		http.ListenAndServe(":8080", handler)
	}
	server.Run(context.Background(), &mcp.StdioTransport{}) //: transport stdio  {}
}

func decoy(ctx context.Context, req *other.CallToolRequest) (*other.CallToolResult, error) {
	return nil, nil
}

func health(w http.ResponseWriter, r *http.Request) { //: input r URL Header Body Form PostForm MultipartForm Host RequestURI
	_ = r.FormValue("q") //: call FormValue(q)
}
