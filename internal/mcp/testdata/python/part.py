"""A part of a server whose object another file makes."""
from .server import mcp
from .web import app


@mcp.tool()
#: tool part(a:string) -> part
def part(a: str):  #: input a =part
    return a


def register(mcp_server):
    @mcp_server.tool(name="inner")  #: tool inner(b:string) -> inner
    def inner(b: str):  #: input b =inner
        return b


@app.tool()
def decoy(c: str):
    return c
