// The audit view: servers, their tools, and what was found in each, with the scores of the
// deployment that the reader has chosen, the questions that are open, and what is silenced.
import * as path from "node:path";
import * as vscode from "vscode";
import type { Deployment, Finding, FolderModels, Server } from "./model";

type Node =
  | { kind: "server"; folder: vscode.Uri; server: Server }
  | { kind: "entry"; folder: vscode.Uri; server: Server; name: string; label: string; file: string; line: number }
  | { kind: "group"; folder: vscode.Uri; server: Server; label: string; children: Node[] }
  | { kind: "finding"; folder: vscode.Uri; server: Server; finding: Finding }
  | { kind: "question"; folder: vscode.Uri; server: Server; id: string; title: string; entry: string; file: string; line: number; stale: boolean };

const icons: Record<string, string> = { Critical: "error", High: "error", Medium: "warning", Low: "info", None: "info" };

/** Orders by the score in a deployment, the worst first. */
function worst(findings: Finding[], deployment?: Deployment): Finding[] {
  return [...findings].sort((a, b) => score(b, deployment).aivss - score(a, deployment).aivss);
}

/** The score of a finding in a deployment, or as the server judges it. */
export function score(f: Finding, deployment?: Deployment): { aivss: number; band: string } {
  const at = deployment ? f.deployments?.[deployment] : f.score;
  return at ?? { aivss: 0, band: "None" };
}

function shown(f: Finding, deployment?: Deployment): string {
  const s = score(f, deployment);
  return s.band === "None" ? "not scored" : `${s.aivss.toFixed(1)} ${s.band}`;
}

export class AuditView implements vscode.TreeDataProvider<Node> {
  private folders: FolderModels[] = [];
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  deployment: Deployment | undefined;
  onlyScored = false;

  update(folders: FolderModels[]): void {
    this.folders = folders;
    this.changed.fire(undefined);
  }

  refresh(): void {
    this.changed.fire(undefined);
  }

  /** All open findings, the worst first. */
  findings(): Finding[] {
    return worst(this.servers().flatMap((n) => n.server.findings), this.deployment);
  }

  /** Whether any workspace folder holds a server. */
  get empty(): boolean {
    return this.servers().length === 0;
  }

  private servers(): { folder: vscode.Uri; server: Server }[] {
    return this.folders.flatMap((f) => f.models.servers.map((server) => ({ folder: vscode.Uri.parse(f.folder), server })));
  }

  private wanted(findings: Finding[]): Finding[] {
    return worst(findings, this.deployment).filter((f) => !this.onlyScored || score(f, this.deployment).band !== "None");
  }

  getChildren(node?: Node): Node[] {
    if (!node) {
      return this.servers().map((n) => ({ kind: "server", ...n }));
    }
    const { folder, server } = node;
    const finding = (f: Finding): Node => ({ kind: "finding", folder, server, finding: f });
    switch (node.kind) {
      case "server": {
        const children: Node[] = server.entries.map((e) => ({ kind: "entry", folder, server, name: e.name, label: `${e.kind} ${e.name || "without a name"}`, file: e.file, line: e.line }));
        const group = (label: string, list: Node[]) => {
          if (list.length > 0) {
            children.push({ kind: "group", folder, server, label: `${label} (${list.length})`, children: list });
          }
        };
        const names = new Set(server.entries.map((e) => e.name));
        group("The server itself", this.wanted(server.findings.filter((f) => !f.entry || !names.has(f.entry))).map(finding));
        group(
          "Open questions",
          server.questions
            .filter((q) => q.state !== "answered")
            .map((q) => {
              const e = server.entries.find((x) => x.name === q.entry) ?? server.entries[0];
              return { kind: "question", folder, server, id: q.id, title: q.title, entry: q.entry ?? "", file: e?.file ?? "", line: e?.line ?? 1, stale: q.state === "stale" };
            }),
        );
        group("Accepted", server.accepted.map(finding));
        return children;
      }
      case "entry":
        return this.wanted(server.findings.filter((f) => f.entry === node.name)).map(finding);
      case "group":
        return node.children;
    }
    return [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const uri = (file: string) => vscode.Uri.joinPath(node.folder, node.server.folder, file);
    const open = (file: string, line: number): vscode.Command => ({
      command: "vscode.open",
      title: "Open",
      arguments: [uri(file), { selection: new vscode.Range(line - 1, 0, line - 1, 0), preserveFocus: true }],
    });
    switch (node.kind) {
      case "server": {
        const item = new vscode.TreeItem(node.server.name, vscode.TreeItemCollapsibleState.Expanded);
        const all = this.wanted(node.server.findings);
        item.description = all.length > 0 ? `${all.length} findings, worst ${shown(all[0], this.deployment)}` : "no findings";
        item.iconPath = new vscode.ThemeIcon("server");
        item.contextValue = "server";
        item.tooltip = path.posix.join(node.server.folder);
        return item;
      }
      case "entry": {
        const all = this.wanted(node.server.findings.filter((f) => f.entry === node.name));
        const item = new vscode.TreeItem(node.label, all.length > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
        item.description = all.length > 0 ? shown(all[0], this.deployment) : "no findings";
        const band = all.length > 0 ? score(all[0], this.deployment).band : "";
        item.iconPath = new vscode.ThemeIcon(band ? icons[band] : "pass");
        item.command = open(node.file, node.line);
        item.accessibilityInformation = { label: `${node.label}, ${item.description}` };
        return item;
      }
      case "group":
        return new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Collapsed);
      case "finding": {
        const f = node.finding;
        const item = new vscode.TreeItem(f.message, vscode.TreeItemCollapsibleState.None);
        item.description = f.reason ? `accepted: ${f.reason}` : shown(f, this.deployment);
        item.iconPath = new vscode.ThemeIcon(f.reason ? "circle-slash" : icons[score(f, this.deployment).band]);
        item.tooltip = `${f.check}, ${f.file}:${f.line}${f.exception ? `, ${f.exception}` : ""}`;
        item.command = f.reason ? open(f.file, f.line) : { command: "mcpaudit.showLesson", title: "Explain", arguments: [f.check, uri(f.file).toString(), f.fingerprint, f.line] };
        item.contextValue = "finding";
        return item;
      }
      case "question": {
        const item = new vscode.TreeItem(node.title, vscode.TreeItemCollapsibleState.None);
        item.description = node.stale ? "the code has changed since" : node.entry;
        item.iconPath = new vscode.ThemeIcon(node.stale ? "history" : "question");
        item.command = { command: "mcpaudit.askQuestion", title: "Answer", arguments: [uri(node.file).toString(), node.entry] };
        return item;
      }
    }
  }
}
