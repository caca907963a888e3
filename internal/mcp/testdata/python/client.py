"""A client, with a web application of its own: no server, but its route is one."""
from flask import Flask
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

app = Flask(__name__)


@app.route("/<name>")  #: route  /<name> -> page
def page(name):  #: input name _
    return name


async def main():
    session = ClientSession(None, None)
    await session.call_tool("x", {})
