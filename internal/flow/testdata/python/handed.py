# What callers hand in: functions that are called, decorators, subclasses, registries.
import functools
import os
import shlex

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("handed")
TABLE = {}


def apply(action, word):
    return action("ls " + word)


def twice(action, word):
    return apply(action, word)


def shell(line):
    return os.popen(line).read()  # flow: shell a, shell b, shell c


def quiet(line):
    return len(line)


def quoting(handler):
    @functools.wraps(handler)
    def inner(word):
        return handler(shlex.quote(word))

    return inner


def logged(handler):
    @functools.wraps(handler)
    def inner(*args, **kwargs):
        return handler(*args, **kwargs)

    return inner


def entered(name):
    def keep(function):
        TABLE[name] = function
        return function

    return keep


class Base:
    def __init__(self, word):
        self.word = word

    def run(self):
        return self.execute(self.word)

    def execute(self, word):
        raise NotImplementedError


class Loud(Base):
    def execute(self, word):
        return os.popen(word).read()  # flow: shell f


class Quiet(Base):
    def execute(self, word):
        return len(word)


@entered("list")
def listing(word):
    return os.popen(word).read()  # flow: shell g


@mcp.tool()
def one(a: str) -> str:
    return apply(shell, a)


@mcp.tool()
def two(b: str) -> str:
    return twice(shell, b)


@mcp.tool()
def three(c: str) -> str:
    apply(quiet, "x" + c)
    return twice(functools.partial(apply, shell), c)


@mcp.tool()
@quoting
def four(word: str) -> str:
    return os.popen("ls " + word).read()


@mcp.tool()
@logged
def five(e: str) -> str:
    return os.popen("ls " + e).read()  # flow: shell e


@mcp.tool()
def six(f: str) -> str:
    Quiet(f).run()
    return Loud(f).run()


@mcp.tool()
def seven(g: str, name: str) -> str:
    return TABLE[name](g)
