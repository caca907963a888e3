// Starts the language server, and shows what it knows in views of VS Code's own.
import * as fs from "node:fs";
import * as vscode from "vscode";
import { type LanguageClient, RevealOutputChannelOn, State, Trace, type LanguageClientOptions } from "vscode-languageclient/node";
import { LessonPanel, PicturePanel, Previews } from "./panel";
import { Server } from "./server";
import { serverSettings } from "./settings";
import { AuditView, bands, score } from "./view";
import type { Deployment, Explained, FolderModels } from "./model";

const languages = ["python", "javascript", "javascriptreact", "typescript", "typescriptreact", "go"];
const manifests = ["package.json", "server.json", "manifest.json", "pyproject.toml"];

/** What tests ask of the extension. */
export interface Api {
  client(): LanguageClient | undefined;
  view: AuditView;
  lesson: LessonPanel;
  picture: PicturePanel;
  refresh(): Promise<void>;
  status(): string;
  /** What is selected in the audit view. */
  selected(): readonly unknown[];
}

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  const log = vscode.window.createOutputChannel("mcpaudit", { log: true });
  const view = new AuditView();
  const tree = vscode.window.createTreeView("mcpaudit.audit", { treeDataProvider: view, showCollapseAll: true });
  const own = (server = new Server(
    log,
    () => program(context),
    () => clientOptions(context, log),
    (state) => {
      if (state === State.Running) {
        soon();
      } else if (state === State.Stopped) {
        say("mcpaudit", "the server has stopped: choose Restart in the menu", true);
      }
    },
  ));
  const client = () => own.client;
  const previews = new Previews();
  const lesson = new LessonPanel(client, previews);
  const picture = new PicturePanel(client);
  const status = vscode.window.createStatusBarItem("mcpaudit", vscode.StatusBarAlignment.Left, 0);
  status.name = "mcpaudit";
  status.command = "mcpaudit.menu";
  context.subscriptions.push(log, tree, status, vscode.workspace.registerTextDocumentContentProvider(Previews.scheme, previews));

  const say = (text: string, about: string, problem = false) => {
    const tooltip = vscode.workspace.isTrusted ? about : `${about}; the workspace is not trusted, so what it says of its own audit counts for nothing`;
    status.text = `$(shield) ${text}`;
    status.tooltip = tooltip;
    status.accessibilityInformation = { label: `mcpaudit: ${tooltip}` };
    status.backgroundColor = problem ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    if (vscode.workspace.getConfiguration("mcpaudit").get("statusBar", true)) {
      status.show();
    } else {
      status.hide();
    }
  };

  // The view goes where the editor goes; the other way is that of its commands. What was
  // followed once is left, so that the reader can look around in the view.
  let followed = "";
  let following: NodeJS.Timeout | undefined;
  const follow = (tries = 3) => {
    clearTimeout(following);
    following = setTimeout(() => void go(tries), 150);
  };
  const go = async (tries: number) => {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !tree.visible || !vscode.workspace.getConfiguration("mcpaudit").get("auditView.follow", true)) {
      return;
    }
    const { uri } = editor.document;
    const line = editor.selection.active.line + 1;
    const place = `${uri}:${line}`;
    const node = place === followed ? undefined : view.at(uri, line);
    if (!node) {
      return;
    }
    const there = () => tree.selection.some((n) => n.place?.line === line && n.place.uri.toString() === uri.toString());
    try {
      if (!there()) {
        await tree.reveal(node, { select: true, focus: false });
      }
    } catch (error) {
      log.debug(`the audit view: ${error}`);
    }
    if (there()) {
      followed = place;
    } else if (tries > 0) {
      follow(tries - 1); // the view was made anew meanwhile
    }
  };

  // Many diagnostics come at once; the view asks for the models when they have settled.
  let pending: NodeJS.Timeout | undefined;
  let asked = 0;
  const refresh = async () => {
    const turn = ++asked;
    const asking = client();
    if (asking?.state !== State.Running) {
      return;
    }
    try {
      const folders = (await asking.sendRequest("workspace/executeCommand", { command: "mcpaudit.models", arguments: [] })) as FolderModels[];
      if (turn !== asked) {
        return;
      }
      view.update(folders);
      follow();
      const all = view.findings();
      await vscode.commands.executeCommand("setContext", "mcpaudit.empty", view.empty);
      tree.badge = all.length > 0 ? { value: all.length, tooltip: `${all.length} findings` } : undefined;
      tree.description = view.choice.deployment;
      const first = all[0] && score(all[0], view.choice.deployment);
      if (view.empty) {
        say("mcpaudit", "no MCP server was seen in this workspace");
      } else if (first && first.band !== "None") {
        say(`${first.aivss.toFixed(1)}`, `${all.length} findings, the worst ${first.aivss.toFixed(1)} ${first.band}`);
      } else {
        say("mcpaudit", all.length > 0 ? `${all.length} findings without a score` : "no findings");
      }
    } catch (error) {
      log.warn(`the audit view: ${error}`);
    }
  };
  const soon = () => {
    clearTimeout(pending);
    pending = setTimeout(() => void refresh(), 300);
  };
  context.subscriptions.push({ dispose: () => [pending, following].forEach(clearTimeout) });
  context.subscriptions.push(
    vscode.languages.onDidChangeDiagnostics((e) => {
      if (e.uris.some((uri) => uri.scheme === "file")) {
        soon();
      }
    }),
  );

  const start = async () => {
    say("mcpaudit", "starting");
    try {
      const started = await own.restart();
      await started.setTrace(Trace.fromString(vscode.workspace.getConfiguration("mcpaudit").get("trace.server", "off")));
    } catch (error) {
      say("mcpaudit", `the server does not start: ${error}`, true);
      log.error(`${error}`);
    }
  };

  const command = (name: string, does: (...args: never[]) => unknown) => context.subscriptions.push(vscode.commands.registerCommand(name, does));
  command("mcpaudit.restart", start);
  command("mcpaudit.showLog", () => log.show());
  command("mcpaudit.refresh", refresh);
  command("mcpaudit.picture", () => picture.show(vscode.window.activeTextEditor?.document.uri.toString()));
  command("mcpaudit.showLesson", (check: string, uri: string, fingerprint: string, line: number) => lesson.show(check, uri, fingerprint, line));
  command("mcpaudit.askQuestion", (uri: string, entry: string) => client()?.sendRequest("workspace/executeCommand", { command: "mcpaudit.question", arguments: [uri, entry] }));
  command("mcpaudit.deployment", async () => {
    const picked = await vscode.window.showQuickPick([{ label: "As the code shows" }, { label: "local" }, { label: "remote" }, { label: "enterprise" }], { title: "Show the scores of which deployment?" });
    if (picked) {
      view.choose({ deployment: picked.label === "As the code shows" ? undefined : (picked.label as Deployment) });
      await refresh();
    }
  });
  command("mcpaudit.filter", async () => {
    const file = { label: "Only the open file", picked: view.choice.file !== undefined };
    const levels = bands.map((band) => ({ label: band === "None" ? "Without a score" : band, band, picked: view.choice.bands.includes(band) }));
    const picked = await vscode.window.showQuickPick([...levels, { label: "", kind: vscode.QuickPickItemKind.Separator }, file], { canPickMany: true, title: "Which findings should the audit view show?" });
    if (picked) {
      view.choose({ bands: levels.filter((l) => picked.includes(l)).map((l) => l.band), file: picked.includes(file) ? openFile() : undefined });
      tree.message = view.filtered;
    }
  });
  context.subscriptions.push(
    vscode.window.onDidChangeActiveTextEditor(() => {
      if (view.choice.file && openFile()) {
        view.choose({ file: openFile() });
      }
    }),
    vscode.window.onDidChangeTextEditorSelection(() => follow()),
  );
  command("mcpaudit.depth", async () => {
    const picked = await vscode.window.showQuickPick(["beginner", "developer", "engineer"], { title: "Whom should explanations speak to?" });
    if (picked) {
      await client()?.sendRequest("workspace/executeCommand", { command: "mcpaudit.setDepth", arguments: [picked] });
    }
  });
  command("mcpaudit.menu", async () => {
    const entries: [string, string][] = [
      ["Show the audit", "mcpaudit.audit.focus"],
      ["Draw the threat model", "mcpaudit.picture"],
      ["Show the scores of another deployment", "mcpaudit.deployment"],
      ["Choose whom explanations speak to", "mcpaudit.depth"],
      ["Restart the server", "mcpaudit.restart"],
      ["Show the log", "mcpaudit.showLog"],
    ];
    if (!vscode.workspace.isTrusted) {
      entries.push(["Trust this workspace, or not", "workbench.trust.manage"]);
    }
    const picked = await vscode.window.showQuickPick(entries.map(([label]) => label), { title: `mcpaudit: ${status.tooltip}` });
    const chosen = entries.find(([label]) => label === picked);
    if (chosen) {
      await vscode.commands.executeCommand(chosen[1]);
    }
  });

  agents(context, view, client, refresh);
  restartWhere(context);
  await start();
  return { client, view, lesson, picture, refresh, status: () => `${status.text} ${status.tooltip}`, selected: () => tree.selection };
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** The file in the editor, by its address. */
function openFile(): string | undefined {
  return vscode.window.activeTextEditor?.document.uri.toString();
}

/** The server's program: the one that the user names, or that of the package. */
function program(context: vscode.ExtensionContext): string {
  const own = vscode.workspace.getConfiguration("mcpaudit").get("server.path", "");
  const inside = vscode.Uri.joinPath(context.extensionUri, "bin", process.platform === "win32" ? "mcpaudit.exe" : "mcpaudit").fsPath;
  return own || (fs.existsSync(inside) ? inside : "mcpaudit");
}

function clientOptions(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): LanguageClientOptions {
  const keys = Object.keys((context.extension.packageJSON.contributes.configuration as { properties: object }).properties);
  return {
    documentSelector: [
      ...languages.map((language) => ({ scheme: "file", language })),
      ...manifests.map((name) => ({ scheme: "file", pattern: `**/${name}` })),
      { scheme: "file", pattern: "**/.mcpaudit/**/*.{yaml,yml}" },
    ],
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: { untrusted: !vscode.workspace.isTrusted, commandLinks: true },
    // Hovers of the server hold command links; these and no others are followed.
    markdown: { isTrusted: { enabledCommands: ["mcpaudit.answer", "mcpaudit.showThreatModel", "mcpaudit.explain"] } },
    synchronize: { configurationSection: "mcpaudit" },
    middleware: {
      workspace: {
        configuration: (params) => params.items.map((item) => serverSettings(keys, item.scopeUri ? vscode.Uri.parse(item.scopeUri) : undefined)),
      },
      executeCommand: async (name, args, next) => {
        if (name === "mcpaudit.explain" && args.length === 3) {
          const [check, uri, fingerprint] = args as string[];
          const line = vscode.window.activeTextEditor?.selection.active.line ?? 0;
          await vscode.commands.executeCommand("mcpaudit.showLesson", check, uri, fingerprint, line + 1);
          return undefined;
        }
        if (name === "mcpaudit.showThreatModel" && args.length < 3) {
          await vscode.commands.executeCommand("mcpaudit.picture");
          return undefined;
        }
        return next(name, args);
      },
    },
  };
}

/** Gives agents in the editor what the audit knows, where the editor has tools for them. */
function agents(context: vscode.ExtensionContext, view: AuditView, client: () => LanguageClient | undefined, refresh: () => Promise<void>): void {
  if (!vscode.lm?.registerTool) {
    return;
  }
  const answer = (text: string) => new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  context.subscriptions.push(
    vscode.lm.registerTool("mcpaudit_findings", {
      invoke: async () => {
        await refresh(); // an agent asks right behind its edit
        return answer(JSON.stringify(view.findings().map((f) => ({ check: f.check, message: f.message, file: f.file, line: f.line, score: f.score, tool: f.entry }))));
      },
    }),
    vscode.lm.registerTool<{ check: string }>("mcpaudit_lesson", {
      invoke: async ({ input }) => {
        const explained = (await client()?.sendRequest("workspace/executeCommand", { command: "mcpaudit.explain", arguments: [input.check, "", "", "panel"] })) as Explained | undefined;
        return answer(explained?.markdown ?? "The audit does not run.");
      },
    }),
  );
}

/** A workspace that becomes trusted is audited as one. */
function restartWhere(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(() => vscode.commands.executeCommand("mcpaudit.restart")),
    vscode.workspace.onDidChangeConfiguration((e) => {
      if (e.affectsConfiguration("mcpaudit.server.path") || e.affectsConfiguration("mcpaudit.trace.server")) {
        void vscode.commands.executeCommand("mcpaudit.restart");
      }
    }),
  );
}
