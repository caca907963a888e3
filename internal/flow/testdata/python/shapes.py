"""How a value travels to a sink."""
import asyncio
import os
import shlex
import subprocess
from functools import partial
from subprocess import run as start
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shapes")
BASE = "/srv/data"


@mcp.tool()
def direct(command: str) -> str:
    return subprocess.run(command, shell=True, capture_output=True).stdout  # flow: shell command


@mcp.tool()
def fstring(name: str) -> str:
    cmd = f"ls -l {name}"
    return os.popen(cmd).read()  # flow: shell name


@mcp.tool()
def percent(name: str) -> None:
    os.system("ls %s" % name)  # flow: shell name


@mcp.tool()
def percent_tuple(a: str, b: str) -> None:
    os.system("cp %s %s" % (a, b))  # flow: shell a, shell b


@mcp.tool()
def formatted(name: str) -> None:
    os.system("ls {}".format(name))  # flow: shell name


@mcp.tool()
def formatted_by_name(name: str) -> None:
    os.system("ls {n}".format(n=name))  # flow: shell name


@mcp.tool()
def joined(names: list[str]) -> None:
    os.system(" ".join(["ls"] + names))  # flow: shell names


@mcp.tool()
def alias(command: str) -> None:
    start(command, shell=True)  # flow: shell command


@mcp.tool()
def literal_only(command: str) -> None:
    os.system("ls -l")


@mcp.tool()
def number(count: int) -> None:
    os.system(f"head -n {count} log")


@mcp.tool()
def length(text: str) -> None:
    os.system(f"head -c {len(text)} log")


def run_it(text: str) -> str:
    return subprocess.check_output(text, shell=True)  # flow: shell command


@mcp.tool()
def by_helper(command: str) -> str:
    return run_it("cd / && " + command)


@mcp.tool()
def by_nested(word: str) -> None:
    def inner():
        os.system("grep " + word)  # flow: shell word
    inner()


@mcp.tool()
def by_lambda(word: str) -> None:
    go = lambda w: os.system("grep " + w)  # flow: shell word
    go(word)


@mcp.tool()
def by_partial(word: str) -> None:
    go = partial(os.system, "grep " + word)
    go2 = partial(run_two, word)
    go2("x")


def run_two(a: str, b: str) -> None:
    os.system(a + b)  # flow: shell word


@mcp.tool()
async def by_thread(word: str) -> None:
    await asyncio.to_thread(run_three, word)


def run_three(a: str) -> None:
    os.system(a)  # flow: shell word


@mcp.tool()
def by_dict(word: str) -> None:
    options = {"cmd": word, "cwd": "/tmp"}
    os.system(options["cmd"])  # flow: shell word
    os.system(options["cwd"])


@mcp.tool()
def by_append(name: str) -> None:
    cmd = ["git", "log"]
    cmd.append(name)
    subprocess.run(cmd)  # flow: argv name


@mcp.tool()
def by_dashes(name: str) -> None:
    subprocess.run(["git", "log", "--", name])


@mcp.tool()
def by_prefix(name: str) -> None:
    subprocess.run(["git", "log", "--author=" + name, f"x{name}"])


@mcp.tool()
def by_program(tool: str) -> None:
    subprocess.run([tool, "--version"])  # flow: program tool


@mcp.tool()
def by_shell_list(text: str) -> None:
    subprocess.run(["bash", "-c", text])  # flow: shell text


@mcp.tool()
def by_python(text: str) -> None:
    subprocess.run(["python3", "-c", text])  # flow: eval text


@mcp.tool()
def by_split(command: str) -> None:
    subprocess.run(shlex.split(command))  # flow: operand command, program command


@mcp.tool()
def quoted(name: str) -> None:
    os.system("ls " + shlex.quote(name))


@mcp.tool()
def comprehension(names: list[str]) -> None:
    subprocess.run(["ls", *[n.strip() for n in names]])  # flow: operand names


@mcp.tool()
def loop(names: list[str]) -> None:
    for n in names:
        os.remove(n)  # flow: path-delete names


@mcp.tool()
def default(name: str | None = None) -> None:
    target = name or "all"
    os.system("make " + target)  # flow: shell name


@mcp.tool()
def branch(name: str) -> None:
    if name == "all":
        os.system("make " + name)
    else:
        os.system("make some")


@mcp.tool()
def table(kind: str) -> None:
    commands = {"a": "ls", "b": "df"}
    os.system(commands[kind])
    os.system(commands.get(kind, "ls"))


class Runner:
    def __init__(self, root: str):
        self.root = root
        self.last = None

    def run(self, text: str):
        self.last = text
        return os.system(text)  # flow: shell command

    def again(self):
        return os.system(self.last)


runner = Runner("/srv")


@mcp.tool()
def by_method(command: str) -> int:
    return runner.run(command)


@mcp.tool()
def by_field(command: str) -> int:
    r = Runner(command)
    return os.system(r.root)  # flow: shell command


async def fetch_all(cmd):
    proc = await asyncio.create_subprocess_shell(cmd)  # flow: shell command
    return proc


@mcp.tool()
async def awaited(command: str):
    return await fetch_all(command)


@mcp.tool()
async def vector(program: str, flag: str):
    await asyncio.create_subprocess_exec("ls", flag)  # flow: operand flag
    await asyncio.create_subprocess_exec(program)  # flow: program program


@mcp.tool()
def recursive(word: str, depth: int) -> None:
    descend(word, depth)


def descend(w, depth):
    if depth > 0:
        descend(w + "x", depth - 1)
    os.system(w)  # flow: shell word
