"""A low-level server that is told not to hold arguments against the schema."""
from mcp.server.lowlevel import Server
from mcp.types import Tool

server = Server("loose")  #: server python-mcp-1 "loose" server


@server.list_tools()
async def tools():
    #: tool pick(mode:string{r|w} unchecked) -> call
    return [Tool(name="pick", inputSchema={"properties": {"mode": {"type": "string", "enum": ["r", "w"]}}})]


@server.call_tool(validate_input=False)
async def call(
    name,  #: input name =pick
    arguments,  #: input arguments *=pick
):
    return arguments
