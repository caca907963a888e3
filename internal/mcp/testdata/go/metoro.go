// Package main is a server of metoro-io/mcp-golang.
package main

import (
	mcp_golang "github.com/metoro-io/mcp-golang"
	"github.com/metoro-io/mcp-golang/transport/stdio"
)

type Args struct {
	Submitter string  `json:"submitter" jsonschema:"required,description=Who, really"`
	Title     *string `json:"title"`
}

func main() {
	//: transport stdio  {}
	server := mcp_golang.NewServer(stdio.NewStdioServerTransport()) //: server mcp-golang "" server
	//: tool hello(submitter/Submitter:string "Who", title/Title:string) -> λ+0 "Say hello"
	//: input arguments *=hello
	server.RegisterTool("hello", "Say hello", func(arguments Args) (*mcp_golang.ToolResponse, error) { return nil, nil })
}
