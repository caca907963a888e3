"""Guards, each with the program that lacks it."""
import ipaddress
import os
import re
import shlex
import socket
import sqlite3
import subprocess
from enum import Enum
from pathlib import Path
from typing import Literal
from urllib.parse import urlparse

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("guards")
ROOT = Path("/srv/data").resolve()
BASE = os.path.realpath("/srv/data")
ALLOWED = {"a.txt", "b.txt"}
HOSTS = ["api.example.com"]
NAME = re.compile(r"^[a-z0-9_]+$")
db = sqlite3.connect("x.db")


@mcp.tool()
def read(path: str) -> str:
    return (ROOT / path).read_text()  # flow: path-read path


@mcp.tool()
def read_safe(path: str) -> str:
    full = (ROOT / path).resolve()
    if not full.is_relative_to(ROOT):
        raise ValueError("outside")
    return full.read_text()


@mcp.tool()
def read_safe_try(path: str) -> str:
    full = (ROOT / path).resolve()
    try:
        full.relative_to(ROOT)
    except ValueError:
        return "outside"
    return full.read_text()


@mcp.tool()
def read_safe_parents(path: str) -> str:
    full = (ROOT / path).resolve()
    if ROOT not in full.parents:
        raise ValueError("outside")
    return full.read_text()


@mcp.tool()
def read_safe_prefix(path: str) -> str:
    full = os.path.realpath(os.path.join(BASE, path))
    if not full.startswith(BASE + os.sep):
        raise ValueError("outside")
    with open(full) as f:
        return f.read()


@mcp.tool()
def read_no_separator(path: str) -> str:
    full = os.path.realpath(os.path.join(BASE, path))
    if not full.startswith(BASE):
        raise ValueError("outside")
    with open(full) as f:  # flow: path-read path (prefix-without-separator)
        return f.read()


@mcp.tool()
def read_unresolved(path: str) -> str:
    full = os.path.join(BASE, path)
    if not full.startswith(BASE + "/"):
        raise ValueError("outside")
    return open(full).read()  # flow: path-read path (unresolved-path)


@mcp.tool()
def read_common(path: str) -> str:
    full = os.path.abspath(os.path.join(BASE, path))
    if os.path.commonpath([BASE, full]) != BASE:
        raise ValueError("outside")
    return open(full).read()


@mcp.tool()
def read_dots(path: str) -> str:
    if ".." in path or "/" in path:
        raise ValueError("outside")
    return open(os.path.join(BASE, path)).read()


@mcp.tool()
def read_basename(path: str) -> str:
    return open(os.path.join(BASE, os.path.basename(path))).read()


@mcp.tool()
def read_member(path: str) -> str:
    if path not in ALLOWED:
        return "no"
    return open(path).read()


@mcp.tool()
def read_extension(path: str) -> str:
    ext = path.split(".")[-1]
    if ext not in ("txt", "md"):
        raise ValueError("no")
    return open(path).read()  # flow: path-read path


def check(path: str) -> Path:
    full = (ROOT / path).resolve()
    if not full.is_relative_to(ROOT):
        raise PermissionError(path)
    return full


def is_inside(path: str) -> bool:
    full = (ROOT / path).resolve()
    return full.is_relative_to(ROOT)


def find(path: str) -> Path | None:
    full = (ROOT / path).resolve()
    if full.is_relative_to(ROOT):
        return full
    return None


def within(full: Path, base: Path) -> bool:
    try:
        full.relative_to(base)
        return True
    except ValueError:
        return False


@mcp.tool()
def by_throwing_helper(path: str) -> str:
    return check(path).read_text()


@mcp.tool()
def by_throwing_helper_then_raw(path: str) -> str:
    check(path)
    return open(path).read()


@mcp.tool()
def by_boolean_helper(path: str) -> str:
    if not is_inside(path):
        return "no"
    return open(path).read()


@mcp.tool()
def by_ignored_helper(path: str) -> str:
    is_inside(path)
    return open(path).read()  # flow: path-read path (result-ignored)


@mcp.tool()
def by_optional_helper(path: str) -> str:
    full = find(path)
    if full is None:
        return "no"
    return full.read_text()


@mcp.tool()
def by_two_argument_helper(path: str) -> str:
    full = (ROOT / path).resolve()
    if not within(full, ROOT):
        return "no"
    return full.read_text()


@mcp.tool()
def one_branch(path: str, kind: str) -> str:
    if kind == "x":
        check(path)
    return open(path).read()  # flow: path-read path (one-branch)


@mcp.tool()
def after_use(path: str) -> str:
    text = open(path).read()  # flow: path-read path (check-after-use)
    check(path)
    return text


@mcp.tool()
def regex_anchored(table: str) -> list:
    if not re.fullmatch(r"[A-Za-z_]\w*", table):
        raise ValueError("bad")
    return db.execute(f"SELECT * FROM {table}").fetchall()


@mcp.tool()
def regex_compiled(table: str) -> list:
    if not NAME.match(table):
        raise ValueError("bad")
    return db.execute("SELECT * FROM " + table).fetchall()


@mcp.tool()
def regex_unanchored(table: str) -> list:
    if not re.match(r"[A-Za-z_]+", table):
        raise ValueError("bad")
    return db.execute("SELECT * FROM " + table).fetchall()  # flow: query table (unanchored-regex)


@mcp.tool()
def bound(name: str) -> list:
    return db.execute("SELECT * FROM t WHERE name = ?", (name,)).fetchall()


@mcp.tool()
def unbound(name: str) -> list:
    return db.execute(f"SELECT * FROM t WHERE name = '{name}'").fetchall()  # flow: query name


@mcp.tool()
def converted(limit: str) -> list:
    return db.execute(f"SELECT * FROM t LIMIT {int(limit)}").fetchall()


@mcp.tool()
def literal(order: Literal["asc", "desc"]) -> list:
    return db.execute(f"SELECT * FROM t ORDER BY x {order}").fetchall()


class Color(Enum):
    RED = "red"


@mcp.tool()
def enumerated(color: Color) -> None:
    os.system(f"paint {color.value}")


@mcp.tool()
def dash(branch: str) -> None:
    if branch.startswith("-"):
        raise ValueError("option")
    subprocess.run(["git", "checkout", branch])


@mcp.tool()
def no_dash(branch: str) -> None:
    subprocess.run(["git", "checkout", branch])  # flow: argv branch


@mcp.tool()
def deny_list(text: str) -> None:
    if ";" in text or "|" in text:
        raise ValueError("bad")
    os.system("echo " + text)  # flow: shell text (deny-list deny-list)


@mcp.tool()
def fetch(url: str) -> str:
    return httpx.get(url).text  # flow: request url


@mcp.tool()
def fetch_path(item: str) -> str:
    return httpx.get(f"https://api.example.com/items/{item}").text


@mcp.tool()
def fetch_host(host: str) -> str:
    return httpx.get(f"https://{host}/status").text  # flow: request host


@mcp.tool()
def fetch_allowed(url: str) -> str:
    parts = urlparse(url)
    if parts.scheme != "https" or parts.hostname not in HOSTS:
        raise ValueError("host")
    return httpx.get(url).text


@mcp.tool()
def fetch_scheme_only(url: str) -> str:
    if urlparse(url).scheme not in ("http", "https"):
        raise ValueError("scheme")
    return httpx.get(url).text  # flow: request url


def is_private(host: str) -> bool:
    for info in socket.getaddrinfo(host, None):
        if ipaddress.ip_address(info[4][0]).is_private:
            return True
    return False


@mcp.tool()
def fetch_public(url: str) -> str:
    if is_private(urlparse(url).hostname):
        raise ValueError("private")
    return httpx.get(url).text


@mcp.tool()
def fetch_literal_private(url: str) -> str:
    if ipaddress.ip_address(urlparse(url).hostname).is_private:
        raise ValueError("private")
    return httpx.get(url).text  # flow: request url (literal-address)


@mcp.tool()
def fetch_prefix(url: str) -> str:
    if not url.startswith("https://api.example.com/"):
        raise ValueError("host")
    return httpx.get(url).text


@mcp.tool()
def fetch_open_prefix(url: str) -> str:
    if not url.startswith("https://api.example.com"):
        raise ValueError("host")
    return httpx.get(url).text  # flow: request url (prefix-within-host)


@mcp.tool()
def all_checked(names: list[str]) -> None:
    if not all(NAME.match(n) for n in names):
        raise ValueError("bad")
    os.system("rm " + " ".join(names))


@mcp.tool()
def any_bad(names: list[str]) -> None:
    if any(n.startswith("-") for n in names):
        raise ValueError("bad")
    subprocess.run(["rm", *names])


@mcp.tool()
def loop_checked(names: list[str]) -> None:
    for n in names:
        if not NAME.match(n):
            raise ValueError("bad")
    os.system("rm " + " ".join(names))


@mcp.tool()
def optional_checked(name: str | None = None) -> None:
    if name is not None:
        if not NAME.match(name):
            raise ValueError("bad")
    os.system(f"ls {name}")


@mcp.tool()
def cleaned(name: str) -> None:
    name = re.sub(r"[^A-Za-z0-9_]", "", name)
    os.system(f"ls {name}")


@mcp.tool()
def asserted(name: str) -> None:
    assert name.isalnum()
    os.system(f"ls {name}")
