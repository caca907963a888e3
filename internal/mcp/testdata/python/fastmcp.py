"""A server of fastmcp 2 to 4."""
from typing import Annotated

from fastmcp import Context, FastMCP
from fastmcp.dependencies import Depends
from fastmcp.server.dependencies import CurrentContext
from fastmcp.tools import Tool, tool
from fastmcp.contrib.mcp_mixin import MCPMixin, mcp_tool

from elsewhere import imported_tool


#: tool ctor(n:integer) -> ctor
def ctor(n: int):  #: input n =ctor
    return n


#: server python-fastmcp "fast" mcp
mcp = FastMCP(name="fast", tools=[ctor])


@mcp.tool
#: tool bare(path:string "The path") -> bare
def bare(path: Annotated[str, "The path"]):  #: input path =bare
    return path


@mcp.tool(annotations={"readOnlyHint": True})
#: tool injected(q:string) -> injected +readOnly
def injected(
    q: str,  #: input q =injected
    ctx: Context = CurrentContext(),
    db=Depends(object),
):
    return q


@tool
#: tool standalone(a:string) -> standalone
def standalone(a: str):  #: input a =standalone
    return a


mcp.add_tool(standalone)
mcp.add_tool(imported_tool)  #: tool imported_tool() -> ?imported_tool


#: tool direct(b:number) -> direct
def direct(b: float):  #: input b =direct
    return b


mcp.tool(direct)


#: input c =labelled
def labelled(c: str): ...


mcp.tool(labelled, name="labelled", description="L")  #: tool labelled(c:string) -> labelled "L"


def made(d: str):  #: input d =from
    return d


mcp.add_tool(Tool.from_function(fn=made, name="from"))  #: tool from(d:string) -> made


class Component(MCPMixin):
    @mcp_tool(name="mixed")  #: tool mixed(e:string) -> go
    def go(self, e: str):  #: input e =mixed
        return e


@mcp.resource("data://{year}/{month*}")
#: resource data <data://{year}/{month*}>(year:integer, month:string) -> data
def data(
    year: int,  #: input year =data
    month: str,  #: input month =data
):
    return year


mcp.run(transport="http", host="0.0.0.0")  #: transport streamable-http 0.0.0.0 {host=0.0.0.0 name=fast transport=http}
