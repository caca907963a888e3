"""A server that extends the SDK's class and registers its own functions."""

from mcp.server.fastmcp import FastMCP


class Notes(FastMCP):
    def __init__(self):
        super().__init__("notes")

        async def find(query: str) -> str:  #: input query =notes-find
            return query

        self.tool(find, name="notes-find")  #: tool notes-find(query:string) -> find
