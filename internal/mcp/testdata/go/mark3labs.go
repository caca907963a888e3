// Package main is a server of mark3labs/mcp-go, each way to register once.
package main

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"example.com/tools"
)

const echoName = "echo"

type typedArgs struct {
	City string `json:"city" jsonschema:"required,description=Which city,enum=a,enum=b"`
}

// : input request Params.Arguments*=echo Header=echo Params.Arguments*=rawschema Header=rawschema Params.Arguments*=listed Header=listed Params.Arguments*=looped Header=looped
func handleEcho(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	var all map[string]any
	if err := request.BindArguments(&all); err != nil { //: call BindArguments into 0
		return nil, err
	}
	func() {
		_ = request.GetArguments()["mode"] //: call GetArguments
	}()
	other := tools.Request{}
	_ = other.GetString("decoy", "")
	text, _ := helper(request)
	return mcp.NewToolResultText(request.GetString("text", "") + text), nil //: call GetString(text)
}

func helper(r mcp.CallToolRequest) (string, error) {
	return r.RequireString("text") //: call RequireString(text)
}

// : input request Params.Arguments*=typed Header=typed
// : input args *=typed
func typed(ctx context.Context, request mcp.CallToolRequest, args typedArgs) (*mcp.CallToolResult, error) {
	return nil, nil
}

// getIssue is registered by another file.
func getIssue(client any) (tool mcp.Tool, handler server.ToolHandlerFunc) {
	//: tool get_issue(n:integer unchecked) -> λ+1 "Get"
	return mcp.NewTool("get_issue", mcp.WithDescription("Get"), mcp.WithInteger("n")),
		func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil } //: input request Params.Arguments*=get_issue Header=get_issue
}

// : input typedArgs *=own
func ownTool(ctx context.Context, typedArgs typedArgs) (string, error) {
	return "", nil
}

func newServer() *server.MCPServer {
	return server.NewMCPServer("demo", "1.0.0", server.WithLogging()) //: server mcp-go "demo"
}

func main() {
	s := newServer()
	s.AddTool(mcp.NewTool(echoName, //: tool echo(text:string{/^\w+$/ len<=80} unchecked "Say", mode:string{r|w} unchecked, n:number{>=1 <=9} unchecked, flags:array{of:string{x|y}} unchecked, o:object unchecked) -> handleEcho "Echo" +readOnly -openWorld
		mcp.WithDescription("Echo"),
		mcp.WithReadOnlyHintAnnotation(true),
		mcp.WithOpenWorldHintAnnotation(false),
		mcp.WithString("text", mcp.Required(), mcp.Description("Say"), mcp.Pattern(`^\w+$`), mcp.MaxLength(80)),
		mcp.WithString("mode", mcp.Enum("r", "w")),
		mcp.WithNumber("n", mcp.Min(1), mcp.Max(9)),
		mcp.WithArray("flags", mcp.WithStringEnumItems([]string{"x", "y"})),
		mcp.WithObject("o"),
	), handleEcho)
	s.AddTool(mcp.NewTool("typed", mcp.WithString("city")), mcp.NewTypedToolHandler(typed))                                                        //: tool typed(city/City:string) -> typed
	schema := mcp.NewToolWithRawSchema("rawschema", "Raw", json.RawMessage(`{"type":"object","properties":{"p":{"type":"string","enum":["a"]}}}`)) //: tool rawschema(p:string{a} unchecked) -> handleEcho "Raw"
	s.AddTool(schema, handleEcho)
	s.AddTool(getIssue(nil))
	s.AddTool(tools.ListIssues(nil)) //: tool ListIssues() -> ?ListIssues
	s.AddTools(
		server.ServerTool{Tool: mcp.NewTool("listed", mcp.WithBoolean("b")), Handler: handleEcho}, //: tool listed(b:boolean unchecked) -> handleEcho
	)
	for _, t := range []server.ServerTool{
		{Tool: mcp.NewTool("looped"), Handler: handleEcho}, //: tool looped() -> handleEcho
	} {
		s.AddTool(t.Tool, t.Handler)
	}
	//: resource users <users://{id}>(id:string) -> λ+0
	//: input request Params.URI=users Params.Arguments*=users Header=users
	s.AddResourceTemplate(mcp.NewResourceTemplate("users://{id}", "users"), func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return nil, nil
	})
	//: prompt hi(who:string "Name") -> λ+0 "Greet"
	//: input request Params.Arguments*=hi Header=hi
	s.AddPrompt(mcp.NewPrompt("hi", mcp.WithPromptDescription("Greet"), mcp.WithArgument("who", mcp.ArgumentDescription("Name"))), func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) { return nil, nil })

	mustTool("own", "Own", ownTool, mcp.WithTitleAnnotation("Mine"), mcp.WithReadOnlyHintAnnotation(true)).Register(s) //: tool own(city/City:string{a|b} unchecked:string "Which city") -> ownTool "Own" +readOnly title="Mine"

	if err := server.ServeStdio(s); err != nil { //: transport stdio  {}
		panic(err)
	}
	sse := server.NewSSEServer(s, server.WithBaseURL("http://localhost:8080")) //: transport sse 0.0.0.0:8080 {WithBaseURL=http://localhost:8080}
	sse.Start("0.0.0.0:8080")
}
