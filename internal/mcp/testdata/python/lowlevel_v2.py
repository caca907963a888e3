"""A low-level server of mcp 2.x, whose handler forwards to another function."""
import uvicorn
from mcp.server import Server, ServerRequestContext
from mcp_types import CallToolRequestParams, ListToolsResult, Tool


async def list_tools(ctx: ServerRequestContext, params) -> ListToolsResult:
    #: tool run(cmd:string unchecked) -> dispatch[return arguments["cmd"]] "Run"
    tools = [Tool(name="run", description="Run", input_schema={"type": "object", "properties": {"cmd": {"type": "string"}}})]
    return ListToolsResult(tools=tools)


async def call_tool(ctx: ServerRequestContext, params: CallToolRequestParams):  #: input params request_state input_responses arguments* name
    return await dispatch(params.name, params.arguments or {})


async def dispatch(
    tool: str,  #: input tool _
    arguments: dict,  #: input arguments *
):
    if tool == "run":
        return arguments["cmd"]
    raise ValueError(tool)


#: server python-mcp-2 "two" server
server = Server("two", on_list_tools=list_tools, on_call_tool=call_tool)
uvicorn.run(server.streamable_http_app(), host="127.0.0.1")  #: transport streamable-http 127.0.0.1 {}
