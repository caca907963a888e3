"""A client, with a web application of its own: no server."""
from flask import Flask
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

app = Flask(__name__)


@app.route("/<name>")
def page(name):
    return name


async def main():
    session = ClientSession(None, None)
    await session.call_tool("x", {})
