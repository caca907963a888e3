// Package main is a server of mcp-go that holds arguments against the schema.
package main

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func main() {
	s := server.NewMCPServer("strict", "1", server.WithInputSchemaValidation()) //: server mcp-go "strict" s
	//: tool pick(mode:string{r|w}) -> λ+0
	//: input request Params.Arguments*=pick Header=pick
	s.AddTool(mcp.NewTool("pick", mcp.WithString("mode", mcp.Enum("r", "w"))), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil })
}
