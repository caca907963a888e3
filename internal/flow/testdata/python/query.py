"""Queries of libraries that no model names: the text shows the language."""
import json

import requests
from mcp.server.fastmcp import FastMCP
from somewhere import Client, escape_text, log

mcp = FastMCP("events")
client = Client()


class Store:
    def __init__(self, session):
        self.session = session

    def rows(self, statement: str):
        return self.session.execute_sql(statement)  # flow: query table, query table


store = Store(object())


@mcp.tool()
def describe(table: str) -> str:
    return store.rows(f"DESCRIBE TABLE {table}")


@mcp.tool()
def count(table: str) -> str:
    parts = ["SELECT count(*)", f"FROM {table}"]
    return store.rows(" ".join(parts))


@mcp.tool()
def count_known(table: str) -> str:
    if not table.isidentifier():
        raise ValueError("no table")
    return store.rows("SELECT count(*) FROM {}".format(table))


@mcp.tool()
def sample(table: str) -> str:
    return client.execute_kql(f"{table} | take 10")  # flow: query table


@mcp.tool()
def doubled(name: str) -> str:
    safe = name.replace("'", "''")
    return client.run_query("SELECT * FROM notes WHERE name = '%s'" % safe)


@mcp.tool()
def undoubled(name: str) -> str:
    return client.run_query("SELECT * FROM notes WHERE name = '%s'" % name)  # flow: query name


@mcp.tool()
def posted(user: str) -> str:
    query = "query { user(id: \"%s\") { name } }" % user
    return requests.post("https://api.example.com/graphql", json={"query": query}).text  # flow: query user


@mcp.tool()
def dumped(user: str) -> str:
    query = 'query { user(id: "' + user + '") { name } }'
    return requests.post("https://api.example.com/graphql", data=json.dumps({"query": query})).text  # flow: query user


@mcp.tool()
def person(name: str) -> str:
    return client.search_s("dc=example", 2, f"(&(objectClass=person)(cn={name}))")  # flow: query name


@mcp.tool()
def person_quoted(name: str) -> str:
    if "'" in name or '"' in name:
        raise ValueError("no name")
    return client.search_s("dc=example", 2, f"(&(objectClass=person)(cn={name}))")  # flow: query name


@mcp.tool()
def issues(project: str) -> str:
    return client.search_issues(f'project = "{project}" ORDER BY created')  # flow: search project


@mcp.tool()
def script(name: str) -> str:
    return client.db.notes.find({"$where": f"this.name == '{name}'"})  # flow: query name


@mcp.tool()
def told(table: str) -> str:
    log.info(f"SELECT * FROM {table}")
    client.notify(message=f"SELECT * FROM {table}")
    return f"SELECT * FROM {table}"


@mcp.tool()
def whole(sql: str) -> str:
    return client.execute(sql)
