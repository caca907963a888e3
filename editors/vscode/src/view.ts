// The audit view: servers, their tools, and what was found in each, with the scores of the
// deployment that the reader has chosen, the questions that are open, and what is silenced.
import * as path from "node:path";
import * as vscode from "vscode";
import type { Deployment, Entry, Finding, FolderModels, Question, Server } from "./model";

interface Place {
  uri: vscode.Uri;
  line: number; // from 1
}

/** A node of the tree. The tree is made whole, so that a place in the code finds its node. */
interface Node {
  parent?: Node;
  children: Node[];
  item: () => vscode.TreeItem;
  name?: string; // of an entry
  place?: Place;
}

/** The bands of AIVSS, the worst first; None is what has no score. */
export const bands = ["Critical", "High", "Medium", "Low", "None"];

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

/** What the reader has chosen to see. */
export interface Choice {
  deployment?: Deployment;
  bands: string[];
  /** The only file whose findings are shown, by its address. */
  file?: string;
}

export class AuditView implements vscode.TreeDataProvider<Node> {
  private folders: FolderModels[] = [];
  private roots: Node[] = [];
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  choice: Choice = { bands };

  update(folders: FolderModels[]): void {
    this.folders = folders;
    this.refresh();
  }

  choose(choice: Partial<Choice>): void {
    this.choice = { ...this.choice, ...choice };
    this.refresh();
  }

  /** What is left out, in words; nothing if all is shown. */
  get filtered(): string | undefined {
    const parts = [];
    if (this.choice.bands.length < bands.length) {
      parts.push(this.choice.bands.map((b) => (b === "None" ? "without a score" : b)).join(", ") || "no findings");
    }
    if (this.choice.file) {
      parts.push("the open file");
    }
    return parts.length > 0 ? `Shown: ${parts.join(" in ")}` : undefined;
  }

  /** All open findings, the worst first, whatever is filtered. */
  findings(): Finding[] {
    return worst(this.servers().flatMap((n) => n.server.findings), this.choice.deployment);
  }

  /** Whether no workspace folder holds a server. */
  get empty(): boolean {
    return this.servers().length === 0;
  }

  getChildren(node?: Node): Node[] {
    return node ? node.children : this.roots;
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.item();
  }

  /** The node of a place in the code: what was found on the line, else what is registered there. */
  at(uri: vscode.Uri, line: number): Node | undefined {
    const here: Node[] = [];
    const visit = (nodes: Node[]) => {
      for (const n of nodes) {
        visit(n.children); // what lies deeper says more
        if (n.place && n.place.line === line && n.place.uri.toString() === uri.toString()) {
          here.push(n);
        }
      }
    };
    visit(this.roots);
    return here[0];
  }

  private refresh(): void {
    this.roots = this.servers().map(({ folder, server }) => this.serverNode(folder, server));
    const tie = (node: Node) => {
      for (const child of node.children) {
        child.parent = node;
        tie(child);
      }
    };
    this.roots.forEach(tie);
    this.changed.fire(undefined);
  }

  private servers(): { folder: vscode.Uri; server: Server }[] {
    return this.folders.flatMap((f) => f.models.servers.map((server) => ({ folder: vscode.Uri.parse(f.folder), server })));
  }

  private serverNode(folder: vscode.Uri, server: Server): Node {
    const deployment = this.choice.deployment;
    const uri = (file: string) => vscode.Uri.joinPath(folder, server.folder, file);
    const wanted = (findings: Finding[]) =>
      worst(findings, deployment).filter((f) => this.choice.bands.includes(score(f, deployment).band) && (!this.choice.file || this.choice.file === uri(f.file).toString()));
    const finding = (f: Finding): Node => findingNode(f, { uri: uri(f.file), line: f.line }, deployment);
    const names = new Set(server.entries.map((e) => e.name));
    const children = server.entries.map((e) => entryNode(e, { uri: uri(e.file), line: e.line }, wanted(server.findings.filter((f) => f.entry === e.name)), finding, deployment));
    // Of each tool the next question alone: the whole list would be nobody's.
    const open = new Map<string, Question[]>();
    for (const q of server.questions.filter((q) => q.state !== "answered")) {
      open.set(q.entry ?? "", [...(open.get(q.entry ?? "") ?? []), q]);
    }
    const questions = [...open].map(([name, asked]) => {
      const e = server.entries.find((x) => x.name === name) ?? server.entries[0];
      return questionNode(asked[0], asked.length - 1, uri(e?.file ?? ""));
    });
    for (const [label, list] of [
      ["The server itself", wanted(server.findings.filter((f) => !f.entry || !names.has(f.entry))).map(finding)],
      ["Questions to answer", questions],
      ["Accepted", server.accepted.map(finding)],
    ] as [string, Node[]][]) {
      if (list.length > 0) {
        children.push({ children: list, item: () => new vscode.TreeItem(`${label} (${list.length})`, vscode.TreeItemCollapsibleState.Collapsed) });
      }
    }
    const all = wanted(server.findings);
    return {
      children,
      item: () => {
        const item = new vscode.TreeItem(server.name, vscode.TreeItemCollapsibleState.Expanded);
        item.description = all.length > 0 ? `${all.length} findings, worst ${shown(all[0], deployment)}` : "no findings";
        item.iconPath = new vscode.ThemeIcon("server");
        item.contextValue = "server";
        // Two folders of a workspace may hold servers of one name.
        item.tooltip = path.posix.join(vscode.workspace.getWorkspaceFolder(folder)?.name ?? "", server.folder);
        return item;
      },
    };
  }
}

function opening(place: Place): vscode.Command {
  return { command: "vscode.open", title: "Open", arguments: [place.uri, { selection: new vscode.Range(place.line - 1, 0, place.line - 1, 0), preserveFocus: true }] };
}

function entryNode(e: Entry, place: Place, found: Finding[], finding: (f: Finding) => Node, deployment?: Deployment): Node {
  return {
    name: e.name,
    place,
    children: found.map(finding),
    item: () => {
      const label = `${e.kind} ${e.name || "without a name"}`;
      const item = new vscode.TreeItem(label, found.length > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
      item.description = found.length > 0 ? shown(found[0], deployment) : "no findings";
      item.iconPath = new vscode.ThemeIcon(found.length > 0 ? icons[score(found[0], deployment).band] : "pass");
      item.command = opening(place);
      item.accessibilityInformation = { label: `${label}, ${item.description}` };
      return item;
    },
  };
}

function findingNode(f: Finding, place: Place, deployment?: Deployment): Node {
  return {
    place,
    children: [],
    item: () => {
      const item = new vscode.TreeItem(f.message, vscode.TreeItemCollapsibleState.None);
      item.description = f.reason ? `accepted: ${f.reason}` : shown(f, deployment);
      item.iconPath = new vscode.ThemeIcon(f.reason ? "circle-slash" : icons[score(f, deployment).band]);
      item.tooltip = `${f.check}, ${f.file}:${f.line}${f.exception ? `, ${f.exception}` : ""}`;
      item.command = f.reason ? opening(place) : { command: "mcpaudit.showLesson", title: "Explain", arguments: [f.check, place.uri.toString(), f.fingerprint, f.line] };
      item.contextValue = "finding";
      return item;
    },
  };
}

function questionNode(q: Question, more: number, uri: vscode.Uri): Node {
  return {
    children: [],
    item: () => {
      const item = new vscode.TreeItem(q.title, vscode.TreeItemCollapsibleState.None);
      const parts = [q.entry || "the server", q.state === "stale" ? "the code has changed since" : "", more > 0 ? `${more} more` : ""];
      item.description = parts.filter((p) => p !== "").join(", ");
      item.iconPath = new vscode.ThemeIcon(q.state === "stale" ? "history" : "question");
      item.command = { command: "mcpaudit.askQuestion", title: "Answer", arguments: [uri.toString(), q.entry ?? ""] };
      return item;
    },
  };
}
