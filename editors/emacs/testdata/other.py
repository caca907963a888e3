"""Another language server, for a buffer that has two: it finds one thing in each document."""

import json
import sys


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    sys.stdout.buffer.flush()


while line := sys.stdin.buffer.readline():
    length = int(line.split(b":")[1])
    while sys.stdin.buffer.readline().strip():
        pass
    message = json.loads(sys.stdin.buffer.read(length))
    method = message.get("method")
    if method == "textDocument/didOpen":
        first, last = ({"line": 0, "character": c} for c in (3, 9))
        found = {"range": {"start": first, "end": last}, "severity": 2, "source": "other", "message": "another server was here"}
        send({"method": "textDocument/publishDiagnostics", "params": {"uri": message["params"]["textDocument"]["uri"], "diagnostics": [found]}})
    elif method == "exit":
        break
    elif method and "id" in message:
        result = {"capabilities": {"textDocumentSync": 1, "hoverProvider": True, "codeActionProvider": True}} if method == "initialize" else None
        send({"id": message["id"], "result": result})
