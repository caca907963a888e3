"""A server of mcp 1.x, each way to register once."""
import enum
from functools import partial
from typing import Annotated, Literal, Optional

from mcp.server.fastmcp import Context, FastMCP
from mcp.server.fastmcp.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field
from other import App

#: server python-mcp-1 "notes" mcp
mcp = FastMCP("notes", host="0.0.0.0", port=8000)
app = App()

Mode = Literal["r", "w"]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Query(BaseModel):
    text: str = Field(description="What to look for", max_length=100)
    limit: int = Field(10, ge=1, le=50)


@mcp.tool()
#: tool read_note(name:string) -> read_note "Read a note."
def read_note(name: str) -> str:  #: input name =read_note
    """Read a note."""
    return name


@mcp.tool(name="write", description="Write a note", annotations=ToolAnnotations(title="Write", readOnlyHint=False, destructiveHint=True))  #: tool write(path:string{/^[a-z]+$/ len<=20} "The path", mode:string{r|w}, color:string{red|blue}) -> write_note "Write a note" -readOnly +destructive title="Write"
async def write_note(
    path: Annotated[str, Field(pattern=r"^[a-z]+$", max_length=20, description="The path")],  #: input path =write
    mode: Mode,  #: input mode =write
    ctx: Context,
    color: Optional[Color] = None,  #: input color =write
) -> None:
    answer = await ctx.elicit("Sure?", schema=Query)  #: call elicit of write
    await ctx.session.create_message([])  #: call create_message of write
    other.elicit("no")


@mcp.tool("search")  #: tool search(query.text:string{len<=100} "What to look for", query.limit:integer{>=1 <=50}, tags:array{of:string}, when:string{format=date-time}) -> search_notes
def search_notes(
    query: Query,  #: input query *=search
    tags: list[str],  #: input tags =search
    when: "datetime",  #: input when =search
    context: "Context" = None,
):
    return query


@mcp.resource("note://{name}")
#: resource note <note://{name}>(name:string) -> note "One note."
def note(name: str) -> str:  #: input name =note
    """One note."""
    return name


@mcp.prompt(description="Summarise")
#: prompt summarise(text:string, style) -> summarise "Summarise"
def summarise(
    text: str,  #: input text =summarise
    style="short",  #: input style =summarise
):
    return text


@mcp.completion()
#: completion completion/complete(value:string) -> complete
async def complete(
    ref,  #: input ref uri=completion/complete name=completion/complete
    argument,  #: input argument value=completion/complete name=completion/complete
    context,  #: input context arguments=completion/complete
):
    return None


@mcp.custom_route("/health", methods=["GET"])  #: route GET /health -> health
async def health(request):  #: input request query_params path_params headers cookies url json body form stream query match_info rel_url post text read
    return await request.json()  #: call json


#: tool added(a:integer) -> added "Added by a call."
def added(a: int):  #: input a =added
    """Added by a call."""


mcp.add_tool(added)


#: input b =renamed
def other(b: str): ...


mcp.add_tool(other, name="renamed", description="Another")  #: tool renamed(b:string) -> other "Another"


#: input value =partial_tool
def with_client(client, value: int): ...


mcp.add_tool(partial(with_client, object()), name="partial_tool")  #: tool partial_tool(value:integer) -> with_client


#: tool one(x:integer) -> one
def one(x: int): ...  #: input x =one


#: tool two(y:integer) -> two
def two(y: int): ...  #: input y =two


for fn in (one, two):
    mcp.add_tool(fn)


#: input q =named
def listed(q: str): ...


for item in [{"name": "named", "fn": listed, "description": "From a table"}]:  #: tool named(q:string) -> listed "From a table"
    mcp.tool(name=item["name"], description=item["description"])(item["fn"])


#: input z =made
def made(z: str): ...


tool = Tool.from_function(made, name="made")  #: tool made(z:string) -> made
mcp.add_tool(tool)


class Files:
    def __init__(self, server: FastMCP):
        self.mcp = server
        self.mcp.tool()(self.list_files)
        server.add_tool(self.remove)

    #: tool list_files(directory:string) -> list_files "List files."
    def list_files(self, directory: str):  #: input directory =list_files
        """List files."""

    #: tool remove(path:string) -> remove
    def remove(self, path: str):  #: input path =remove
        return path


@mcp.tool()
@partial
#: tool decorated(cmd:string) -> decorated
def decorated(cmd: str):  #: input cmd =decorated
    return cmd


# None of these belongs to a server.
@app.tool()
def decoy(path: str):
    return path


@app.resource("x://{y}")
def another(y: str):
    return y


app.add_tool(decoy)


def outer():
    class Inner:
        def tool(self):
            return self

    mcp = Inner()

    @mcp.tool()
    def shadowed(path: str):
        return path


if __name__ == "__main__":
    mcp.run(transport="streamable-http")  #: transport streamable-http 0.0.0.0 {host=0.0.0.0 port=8000 transport=streamable-http}
