"""What cannot be followed, and what low-level servers look like."""
import os
import sqlite3
import subprocess
from contextlib import closing

import git
import httpx
from mcp.server import Server
from mcp.server.fastmcp import FastMCP

from .checks import validate_command
from .log import note
from textkit import dress

mcp = FastMCP("unknown")
server = Server("low")


@mcp.tool()
def checked_elsewhere(command: str) -> None:
    validate_command(command)
    os.system(command)


@mcp.tool()
def noted_elsewhere(command: str) -> None:
    note(command)
    os.system(command)  # flow: shell command


@mcp.tool()
def dressed(command: str) -> None:
    os.system(dress(command))  # flow: shell command?


@mcp.tool()
def object_of_a_library(path: str) -> str:
    repo = git.Repo(path)  # flow: path-read path
    return (repo.git_dir / "HEAD").read_text()


def refuse(request):
    if request.url.host in ("localhost",):
        raise ValueError("private")


@mcp.tool()
async def hooked(url: str) -> str:
    async with httpx.AsyncClient() as client:
        client.event_hooks = {"request": [refuse]}
        return (await client.get(url)).text


@mcp.tool()
async def hooked_at_once(url: str) -> str:
    async with httpx.AsyncClient(event_hooks={"request": [refuse]}) as client:
        return (await client.get(url)).text


@mcp.tool()
async def unhooked(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text  # flow: request url


class Store:
    def __init__(self, file: str):
        self.file = file

    def rows(self, query: str):
        with closing(sqlite3.connect(self.file)) as conn:
            with closing(conn.cursor()) as cursor:
                cursor.execute(query)  # flow: query table
                return cursor.fetchall()


store = Store("x.db")


@server.call_tool()
async def call_tool(name: str, arguments: dict):
    if name == "describe":
        return store.rows(f"PRAGMA table_info({arguments['table']})")
    elif name == "list":
        return store.rows("SELECT name FROM sqlite_master")
    elif name == "log":
        return subprocess.run(["git", "log", arguments["ref"]])  # flow: argv ref
    elif name == "show":
        return show(**arguments)
    raise ValueError(name)


def show(ref: str, path: str = "."):
    if ref.startswith("-"):
        raise ValueError("option")
    return subprocess.run(["git", "show", ref], cwd=path)
