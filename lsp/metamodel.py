"""Holds what the server said in recorded sessions against the Language Server Protocol.

    go test ./lsp -args -record DIR
    python3 lsp/metamodel.py DIR        exits with 1 and a line for each fault
    python3 lsp/metamodel.py --self     shows that each rule refuses what breaks it

The types come from lsprotocol (MIT), which Microsoft makes from the protocol's meta-model. A
message is read into its type and written again, and must come out as it went in: a member
that the type does not know, a wrong type or a missing member do not. RULES hold what the
types cannot: that nothing is sent which the client of the session has not declared.
"""

import collections
import enum
import json
import pathlib
import re
import sys

from lsprotocol import converters, types

CONVERTER = converters.get_converter()


# --- what the client of a session has declared


class Client:
    def __init__(self, params):
        self.capabilities = params.get("capabilities") or {}
        options = params.get("initializationOptions") or {}
        self.command_links = bool(options.get("commandLinks") or (options.get("mcpaudit") or {}).get("commandLinks"))
        self.tokens = set()  # that progress may be told under

    def get(self, path, default=None):
        at = self.capabilities
        for part in path.split("."):
            if not isinstance(at, dict) or at.get(part) is None:
                return default
            at = at[part]
        return at

    def has(self, path):
        return self.get(path) not in (None, False)


# --- rules beyond the types: each yields what is wrong


def walk(value):
    """Yields every object in a value."""
    if isinstance(value, dict):
        yield value
        for v in value.values():
            yield from walk(v)
    elif isinstance(value, list):
        for v in value:
            yield from walk(v)


def diagnostics(client, items):
    either = lambda name: client.has(f"textDocument.publishDiagnostics.{name}") or client.has(f"textDocument.diagnostic.{name}")
    tags = set(client.get("textDocument.publishDiagnostics.tagSupport.valueSet") or []) | set(client.get("textDocument.diagnostic.tagSupport.valueSet") or [])
    for d in items:
        for member, support in (("relatedInformation", "relatedInformation"), ("codeDescription", "codeDescriptionSupport"), ("data", "dataSupport")):
            if member in d and not either(support):
                yield f"a diagnostic has {member}, without {support}"
        for tag in d.get("tags") or []:
            if tag not in tags:
                yield f"a diagnostic has tag {tag}, which is not in tagSupport"


def published(client, params):
    if "version" in params and not client.has("textDocument.publishDiagnostics.versionSupport"):
        yield "publishDiagnostics has a version, without versionSupport"
    yield from diagnostics(client, params.get("diagnostics") or [])


def pulled(client, result):
    if not client.has("textDocument.diagnostic"):
        yield "diagnostics are pulled, and the client does not pull"
    for o in walk(result):
        if o.get("kind") == "full":
            yield from diagnostics(client, o.get("items") or [])


def markup(client, contents, path, default="plaintext"):
    if isinstance(contents, dict) and "kind" in contents and contents["kind"] not in (client.get(path) or [default]):
        yield f"{contents['kind']}, which is not in {path}"
    text = contents.get("value", "") if isinstance(contents, dict) else ""
    if re.search(r"(?<!\\)\]\(command:", text) and not client.command_links:
        yield "a command link, for a client that did not ask for them"


def hover(client, result):
    if result:
        yield from markup(client, result.get("contents"), "textDocument.hover.contentFormat")


def workspace_edit(client, edit):
    if "documentChanges" in edit and not client.has("workspace.workspaceEdit.documentChanges"):
        yield "documentChanges, which the client does not take"
    for change in edit.get("documentChanges") or []:
        if "kind" in change and change["kind"] not in (client.get("workspace.workspaceEdit.resourceOperations") or []):
            yield f"the resource operation {change['kind']}, which is not declared"
    if "changeAnnotations" in edit and not client.has("workspace.workspaceEdit.changeAnnotationSupport"):
        yield "change annotations, which are not declared"


def code_action(client, action):
    at = "textDocument.codeAction."
    if isinstance(action.get("command"), str):
        return  # a Command
    if not client.has(at + "codeActionLiteralSupport"):
        yield "a code action literal, for a client that takes commands"
    for member, support in (("isPreferred", "isPreferredSupport"), ("disabled", "disabledSupport"), ("data", "dataSupport")):
        if member in action and not client.has(at + support):
            yield f"a code action has {member}, without {support}"
    if "edit" not in action and "command" not in action and "edit" not in (client.get(at + "resolveSupport.properties") or []):
        yield "a code action without edit and command, for a client that does not resolve its edit"
    if "edit" in action:
        yield from workspace_edit(client, action["edit"])
    yield from diagnostics(client, action.get("diagnostics") or [])


def code_actions(client, result):
    for action in result or []:
        yield from code_action(client, action)


def symbols(client, result, path):
    known = client.get(f"{path}.symbolKind.valueSet") or range(1, 19)
    for o in walk(result):
        if "kind" in o and o["kind"] not in known:
            yield f"the symbol kind {o['kind']}, which is not in {path}"


def document_symbols(client, result):
    yield from symbols(client, result, "textDocument.documentSymbol")
    if any("selectionRange" in o for o in walk(result)) and not client.has("textDocument.documentSymbol.hierarchicalDocumentSymbolSupport"):
        yield "symbols in a tree, for a client that takes a list"


def completion(client, result):
    at = "textDocument.completion.completionItem."
    items = result.get("items") if isinstance(result, dict) else result
    for item in items or []:
        if item.get("insertTextFormat") == 2 and not client.has(at + "snippetSupport"):
            yield "a snippet, without snippetSupport"
        if "labelDetails" in item and not client.has(at + "labelDetailsSupport"):
            yield "label details, without labelDetailsSupport"
        yield from markup(client, item.get("documentation"), at + "documentationFormat")


def inlay(client, _):
    if not client.has("textDocument.inlayHint"):
        yield "inlay hints, which the client does not show"


def initialized(client, result):
    encoding = result["capabilities"].get("positionEncoding", "utf-16")
    if encoding not in (client.get("general.positionEncodings") or ["utf-16"]):
        yield f"positions in {encoding}, which was not offered"
    # The second server beside that of the language.
    for claim in ("completionProvider", "definitionProvider", "documentFormattingProvider", "documentRangeFormattingProvider", "renameProvider", "referencesProvider"):
        if claim in result["capabilities"]:
            yield f"{claim} is claimed for all source files"


def registered(client, params):
    paths = {"workspace/didChangeWatchedFiles": "workspace.didChangeWatchedFiles", "workspace/didChangeConfiguration": "workspace.didChangeConfiguration"}
    for r in params.get("registrations") or []:
        path = paths.get(r["method"], r["method"].replace("/", "."))
        if not client.has(path + ".dynamicRegistration"):
            yield f"{r['method']} is registered, without {path}.dynamicRegistration"


def needs(path):
    def rule(client, _):
        if not client.has(path):
            yield f"it is sent without {path}"

    return rule


def progress(client, params):
    if params.get("token") not in client.tokens:
        yield f"progress under {params.get('token')!r}, a token that nobody gave or took"


RESULTS = {
    "initialize": initialized,
    "textDocument/hover": hover,
    "textDocument/codeAction": code_actions,
    "codeAction/resolve": code_action,
    "textDocument/documentSymbol": document_symbols,
    "workspace/symbol": lambda client, result: symbols(client, result, "workspace.symbol"),
    "textDocument/completion": completion,
    "textDocument/inlayHint": inlay,
    "textDocument/diagnostic": pulled,
    "workspace/diagnostic": pulled,
}
SENT = {
    "textDocument/publishDiagnostics": published,
    "client/registerCapability": registered,
    "workspace/configuration": needs("workspace.configuration"),
    "workspace/applyEdit": needs("workspace.applyEdit"),
    "workspace/codeLens/refresh": needs("workspace.codeLens.refreshSupport"),
    "workspace/inlayHint/refresh": needs("workspace.inlayHint.refreshSupport"),
    "workspace/diagnostic/refresh": needs("workspace.diagnostics.refreshSupport"),
    "window/workDoneProgress/create": needs("window.workDoneProgress"),
    "window/showDocument": needs("window.showDocument.support"),
    "$/progress": progress,
}


# --- types


def plain(value):
    """The value as JSON has it."""
    return json.loads(json.dumps(value, default=lambda o: o.value if isinstance(o, enum.Enum) else repr(o)))


def differs(was, now, at="it"):
    """Says where a message that was read into its type and written again is another."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in was:
            if key not in now and was[key] is not None:
                return f"{at}.{key} is not in the type"
            if key in now and (said := differs(was[key], now[key], f"{at}.{key}")):
                return said
        for key in now:
            if key not in was and now[key] is not None:
                return f"{at}.{key} is missing"
        return None
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return next((said for i, (a, b) in enumerate(zip(was, now)) if (said := differs(a, b, f"{at}[{i}]"))), None)
    return None if was == now and type(was) == type(now) else f"{at} is {json.dumps(was)[:80]}, and reads as {json.dumps(now)[:80]}"


def typed(message, kind):
    if kind is types.CodeActionResponse and isinstance(message.get("result"), list):
        # lsprotocol takes an action that has a command for a command.
        one = lambda a: typed(a, types.Command if isinstance(a.get("command"), str) else types.CodeAction)
        return next((said for a in message["result"] if (said := one(a))), None)
    try:
        value = CONVERTER.structure(message, kind)
    except Exception as error:
        return f"it is no {kind.__name__}: {error!r}"[:400]
    return differs(message, plain(CONVERTER.unstructure(value, kind)))


# --- sessions


def faults(lines):
    """Yields what is wrong in a session, as (method, what)."""
    client, asked, waiting = None, {}, {}
    for line in lines:
        message = line["message"]
        method, id_ = message.get("method"), json.dumps(message.get("id"))
        if line["from"] == "client":
            if method and "id" in message:
                asked[id_] = method
            params = message.get("params")
            if method == "initialize" and client is None and isinstance(params, dict):
                client = Client(params)
            if client and isinstance(params, dict):
                client.tokens |= {params.get(k) for k in ("workDoneToken", "partialResultToken")} - {None}
            if not method and id_ in waiting and "error" not in message and client:
                client.tokens.add(waiting.pop(id_))
            continue
        if message.get("jsonrpc") != "2.0":
            yield method, "it is not of JSON-RPC 2.0"
            continue
        if method is None:
            yield from (("reply", f"to {asked.get(id_)}: {what}") for what in reply(client, asked.get(id_), message))
            continue
        known = types.METHOD_TO_TYPES.get(method)
        if known is None:
            yield method, "the protocol does not know it"
            continue
        if what := typed(message, known[0]):
            yield method, what
        if method == "window/workDoneProgress/create" and client:
            waiting[id_] = message["params"]["token"]
            client.tokens.add(message["params"]["token"])  # clients may answer behind its first use
        if method in SENT and client:
            yield from ((method, what) for what in SENT[method](client, message.get("params") or {}))


def reply(client, method, message):
    if "error" in message:
        error = message["error"]
        if not isinstance(error.get("code"), int) or not isinstance(error.get("message"), str) or set(error) - {"code", "message", "data"}:
            yield f"a malformed error {error}"
        return
    if method is None:
        return  # tests send what has no id, or a broken one
    known = types.METHOD_TO_TYPES.get(method)
    if known is None:
        yield "a result of what the protocol does not know"
        return
    if "result" not in message:
        yield "neither result nor error"
    elif what := typed(message, known[1]):
        yield what
    elif method in RESULTS and client:
        yield from RESULTS[method](client, message["result"])


def check(folder):
    seen, wrong, sessions = collections.Counter(), 0, 0
    for name in sorted(pathlib.Path(folder).glob("*.jsonl")):
        lines = [json.loads(line) for line in name.read_text().splitlines()]
        sessions += 1
        for line in lines:
            if line["from"] == "server":
                seen[line["message"].get("method", "reply")] += 1
        for method, what in faults(lines):
            wrong += 1
            print(f"{name.stem}: {method}: {what}")
    print(f"{sessions} sessions, {sum(seen.values())} messages of the server, {wrong} faults: " + ", ".join(f"{m} {n}" for m, n in sorted(seen.items())))
    if wrong or sessions < 150 or seen["reply"] < 1000:
        sys.exit(1)


# --- that it can fail


RANGE = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
DIAGNOSTIC = {"range": RANGE, "message": "m"}
EDIT = {"changes": {"file:///a.py": []}}


def sent(method, params, id_=None):
    return {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id_ is None else {"id": id_})


# Each: what the client declares, the method it asks (or None), what the server says, and a
# part of what must be said of it, or None for what is well.
CASES = [
    ({}, "textDocument/hover", {"contents": {"kind": "plaintext", "value": "x"}, "range": RANGE}, None),
    ({}, "textDocument/hover", {"contents": {"kind": "plaintext", "value": "x"}, "rage": RANGE}, "rage is not in the type"),
    ({}, "textDocument/hover", {"range": RANGE}, "it is no HoverResponse"),
    ({}, "textDocument/hover", {"contents": {"kind": "plaintext", "value": 7}}, "reads as"),
    ({}, "textDocument/hover", {"contents": {"kind": "markdown", "value": "x"}}, "markdown, which is not"),
    ({"textDocument": {"hover": {"contentFormat": ["markdown"]}}}, "textDocument/hover", {"contents": {"kind": "markdown", "value": "x"}}, None),
    ({"textDocument": {"hover": {"contentFormat": ["markdown"]}}}, "textDocument/hover", {"contents": {"kind": "markdown", "value": "[x](command:y)"}}, "a command link"),
    ({}, "textDocument/codeAction", [{"title": "t", "command": "c"}], None),
    ({}, "textDocument/codeAction", [{"title": "t", "edit": EDIT}], "literal"),
    ({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}, "textDocument/codeAction", [{"title": "t", "edit": EDIT}], None),
    ({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}, "textDocument/codeAction", [{"title": "t", "edit": EDIT, "isPreferred": True}], "isPreferred"),
    ({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}, "textDocument/codeAction", [{"title": "t", "edit": EDIT, "data": 1}], "data"),
    ({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}, "dataSupport": True}}}, "textDocument/codeAction", [{"title": "t", "data": 1}], "does not resolve"),
    ({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}, "textDocument/codeAction", [{"title": "t", "edit": {"documentChanges": []}}], "documentChanges"),
    ({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}, "textDocument/codeAction", [{"title": "t", "edit": EDIT | {"changeAnnotations": {}}}], "annotations"),
    ({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}, "workspace": {"workspaceEdit": {"documentChanges": True}}}, "textDocument/codeAction", [{"title": "t", "edit": {"documentChanges": [{"kind": "create", "uri": "file:///a"}]}}], "operation create"),
    ({}, "textDocument/documentSymbol", [{"name": "n", "kind": 12, "range": RANGE, "selectionRange": RANGE}], "in a tree"),
    ({}, "textDocument/documentSymbol", [{"name": "n", "kind": 23, "location": {"uri": "file:///a", "range": RANGE}}], "kind 23"),
    ({}, "workspace/symbol", [{"name": "n", "kind": 23, "location": {"uri": "file:///a", "range": RANGE}}], "kind 23"),
    ({}, "textDocument/completion", [{"label": "l", "insertText": "$1", "insertTextFormat": 2}], "snippet"),
    ({}, "textDocument/completion", [{"label": "l", "labelDetails": {"detail": "d"}}], "label details"),
    ({}, "textDocument/completion", [{"label": "l", "documentation": {"kind": "markdown", "value": "d"}}], "markdown"),
    ({}, "textDocument/inlayHint", [], "inlay hints"),
    ({}, "textDocument/diagnostic", {"kind": "full", "items": []}, "does not pull"),
    ({"textDocument": {"diagnostic": {}}}, "textDocument/diagnostic", {"kind": "full", "items": [DIAGNOSTIC | {"data": 1}]}, "dataSupport"),
    ({"textDocument": {"diagnostic": {}}}, "workspace/diagnostic", {"items": [{"kind": "full", "uri": "file:///a", "version": None, "items": [DIAGNOSTIC | {"tags": [1]}]}]}, "tag 1"),
    ({}, "initialize", {"capabilities": {"positionEncoding": "utf-8"}}, "utf-8"),
    ({}, "initialize", {"capabilities": {"completionProvider": {}}}, "completionProvider"),
    ({}, "textDocument/invented", {}, "does not know"),
    ({}, None, sent("textDocument/publishDiagnostics", {"uri": "file:///a", "diagnostics": [DIAGNOSTIC]}), None),
    ({}, None, sent("textDocument/publishDiagnostics", {"uri": "file:///a", "diagnostics": [DIAGNOSTIC | {"severity": 9}]}), "it is no PublishDiagnosticsNotification"),
    ({}, None, sent("textDocument/publishDiagnostics", {"uri": "file:///a", "version": 1, "diagnostics": []}), "versionSupport"),
    ({}, None, sent("textDocument/publishDiagnostics", {"uri": "file:///a", "diagnostics": [DIAGNOSTIC | {"relatedInformation": []}]}), "relatedInformation"),
    ({}, None, sent("textDocument/publishDiagnostics", {"uri": "file:///a", "diagnostics": [DIAGNOSTIC | {"codeDescription": {"href": "https://x"}}]}), "codeDescription"),
    ({}, None, sent("client/registerCapability", {"registrations": [{"id": "i", "method": "textDocument/completion"}]}, 1), "dynamicRegistration"),
    ({}, None, sent("workspace/configuration", {"items": []}, 1), "workspace.configuration"),
    ({}, None, sent("workspace/applyEdit", {"edit": EDIT}, 1), "workspace.applyEdit"),
    ({}, None, {"jsonrpc": "2.0", "id": 1, "method": "workspace/codeLens/refresh"}, "codeLens"),
    ({}, None, {"jsonrpc": "2.0", "id": 1, "method": "workspace/inlayHint/refresh"}, "inlayHint"),
    ({}, None, {"jsonrpc": "2.0", "id": 1, "method": "workspace/diagnostic/refresh"}, "diagnostics"),
    ({}, None, sent("window/workDoneProgress/create", {"token": "t"}, 1), "workDoneProgress"),
    ({}, None, sent("window/showDocument", {"uri": "file:///a"}, 1), "showDocument"),
    ({}, None, sent("$/progress", {"token": "t", "value": {"kind": "begin", "title": "x"}}), "token"),
    ({}, None, sent("window/invented", {}), "does not know"),
    ({}, None, {"jsonrpc": "1.0", "method": "window/showMessage", "params": {"type": 3, "message": "m"}}, "JSON-RPC"),
    ({}, "textDocument/codeAction", [{"title": "t", "command": "c", "kind": "k"}], "kind is not in the type"),
]


def self_test():
    wrong = 0
    for declared, method, said, want in CASES:
        begin = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": declared}}
        lines = [{"from": "client", "message": begin}]
        if method == "initialize":
            lines.append({"from": "server", "message": {"jsonrpc": "2.0", "id": 0, "result": said}})
        elif method:
            lines.append({"from": "client", "message": sent(method, {}, 1)})
            lines.append({"from": "server", "message": {"jsonrpc": "2.0", "id": 1, "result": said}})
        else:
            lines.append({"from": "server", "message": said})
        got = [what for _, what in faults(lines)]
        if (want is None) != (got == []) or want and (len(got) != 1 or want not in got[0]):
            wrong += 1
            print(f"{method or said.get('method')}: got {got}, want {want}")
    print(f"{len(CASES)} cases, {wrong} wrong")
    untried = {m for m in RESULTS | SENT} - {m or s.get("method") for _, m, s, _ in CASES} - {"codeAction/resolve"}
    if wrong or untried:
        sys.exit(f"no case for {sorted(untried)}" if untried else 1)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    self_test() if sys.argv[1] == "--self" else check(sys.argv[1])
