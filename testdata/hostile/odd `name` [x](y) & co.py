"""The name of this file is Markdown."""

import os

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("odd")


@mcp.tool()
def run(command: str) -> int:
    return os.system(command)  # finding: command-injection
