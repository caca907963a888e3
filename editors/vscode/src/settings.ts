// The settings of the server that somebody has set. VS Code invents a value for every
// setting that has none, which the server would take for a choice.
import * as vscode from "vscode";

/** Settings that are the extension's own and not sent to the server. */
const own = ["auditView.follow", "server.path", "trace.server", "statusBar"];

/** The value that counts: the nearest one that somebody has set. */
function chosen(key: string, scope?: vscode.Uri): unknown {
  const found = vscode.workspace.getConfiguration("mcpaudit", scope).inspect(key);
  return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
}

/** What the server is sent, with the dots of the keys as nesting. */
export function serverSettings(keys: string[], scope?: vscode.Uri): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const key of keys) {
    const name = key.slice("mcpaudit.".length);
    const value = own.includes(name) ? undefined : chosen(name, scope);
    if (value === undefined) {
      continue;
    }
    let at = all;
    const parts = name.split(".");
    for (const part of parts.slice(0, -1)) {
      at = (at[part] ??= {}) as Record<string, unknown>;
    }
    at[parts[parts.length - 1]] = value;
  }
  return all;
}
