"""A low-level server of mcp 1.x: one handler, told apart by the name."""
import asyncio

import mcp.types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.types import Tool, Prompt, PromptArgument

#: server python-mcp-1 "git" server
server = Server("git")

STATUS = "git_status"


@server.list_tools()
async def list_tools() -> list[Tool]:
    return [
        types.Tool(
            name="git_log",  #: tool git_log(repo:string "Repository", count:integer{>=1 <=50}, order:string{asc|desc}) -> call_tool[count = arguments["count] "Show the log" +readOnly
            description="Show the log",
            inputSchema={
                "type": "object",
                "properties": {
                    "repo": {"type": "string", "description": "Repository"},
                    "count": {"type": "integer", "minimum": 1, "maximum": 50},
                    "order": {"type": "string", "enum": ["asc", "desc"]},
                },
                "required": ["repo"],
            },
            annotations=types.ToolAnnotations(readOnlyHint=True),
        ),
        #: tool git_commit(message:string{len<=72}) -> call_tool[return commit(arguments[] "Commit"
        Tool(name="git_commit", description="Commit", inputSchema={"properties": {"message": {"type": "string", "maxLength": 72}}}),
        #: tool git_diff(a:string, b:string) -> git_diff
        Tool(name="git_diff", inputSchema={"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
    ]


#: tool git_status() -> call_tool[return status(arguments)]
TOOLS = [Tool(name=STATUS, inputSchema={})]


def git_diff(args):  #: input args *=git_diff
    return args["a"]


HANDLERS = {"git_diff": git_diff}


@server.call_tool()
async def call_tool(
    name: str,  #: input name _
    arguments: dict,  #: input arguments *
) -> list[types.TextContent]:
    if name == "git_log":
        count = arguments["count"]
        return [count]
    elif name in ("git_commit",):
        return commit(arguments["message"])
    elif name == STATUS:
        return status(arguments)
    handler = HANDLERS[name]
    return handler(arguments)


@server.list_prompts()
async def prompts():
    return [
        #: prompt explain(topic:string "What") -> get_prompt["explain":] "Explain"
        Prompt(name="explain", description="Explain", arguments=[PromptArgument(name="topic", description="What", required=True)])
    ]


@server.get_prompt()
async def get_prompt(
    name,  #: input name _
    arguments,  #: input arguments *
):
    match name:
        case "explain":
            return arguments


@server.read_resource()
#: resource resources/read(uri:string{format=uri}) -> read
async def read(uri):  #: input uri =resources/read
    return uri


async def main():
    async with stdio_server() as (r, w):  #: transport stdio  {}
        await server.run(r, w)
