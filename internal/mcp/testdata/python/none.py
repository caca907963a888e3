"""No MCP server: other libraries have the same words. A route is one anywhere."""
from celery import Celery
from flask import Flask, request
from toolkit import Server, FastMCP

app = Flask(__name__)
mcp = FastMCP("not this one")
server = Server("nor this")


@mcp.tool()
def tool(path: str):
    return path


@server.call_tool()
def call_tool(name, arguments):
    return name


@app.route("/x")  #: route  /x -> x
def x():
    return request.args


mcp.run()
