// The lesson panel: a finding explained beside the code, with its path as steps to click
// through, the question of the threat model to answer in place, and the fix to preview.
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { CodeAction, Diagnostic, LanguageClient } from "vscode-languageclient/node";
import type { Explained, ShownModel } from "./model";

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function page(title: string, body: string, script: string): string {
  const nonce = randomBytes(16).toString("hex");
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}';">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title>
<style nonce="${nonce}">
body { font-family: var(--vscode-font-family); color: var(--vscode-foreground); padding: 0 1.2em 2em; line-height: 1.5; max-width: 52em; }
code, pre { font-family: var(--vscode-editor-font-family); font-size: 0.95em; }
pre { background: var(--vscode-textCodeBlock-background); padding: 0.7em; overflow-x: auto; border: 1px solid var(--vscode-contrastBorder, transparent); }
button { font: inherit; color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 1px solid var(--vscode-contrastBorder, transparent); padding: 0.3em 0.8em; margin: 0.2em 0.4em 0.2em 0; cursor: pointer; }
button:hover { background: var(--vscode-button-hoverBackground); }
button.step { display: block; width: 100%; text-align: left; color: var(--vscode-foreground); background: var(--vscode-list-hoverBackground); border-left: 3px solid var(--vscode-focusBorder); }
button.step[aria-current="step"] { background: var(--vscode-list-activeSelectionBackground); color: var(--vscode-list-activeSelectionForeground); }
button:focus-visible { outline: 2px solid var(--vscode-focusBorder); outline-offset: 1px; }
button.step code { display: block; white-space: pre-wrap; }
table { border-collapse: collapse; } td, th { border: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder)); padding: 0.2em 0.6em; text-align: left; }
section { margin: 1em 0; } h1 { font-size: 1.4em; } h2 { font-size: 1.15em; margin-top: 1.6em; }
svg { max-width: 100%; height: auto; }
</style></head><body>${body}<script nonce="${nonce}">${script}</script></body></html>`;
}

const stepping = `
const vscode = acquireVsCodeApi();
for (const b of document.querySelectorAll("button")) {
  b.addEventListener("click", () => {
    if (b.classList.contains("step")) {
      for (const o of document.querySelectorAll("button.step")) o.removeAttribute("aria-current");
      b.setAttribute("aria-current", "step");
    }
    vscode.postMessage({ does: b.dataset.does, at: Number(b.dataset.at ?? 0) });
  });
}
document.addEventListener("keydown", (e) => {
  const steps = [...document.querySelectorAll("button.step")], at = steps.indexOf(document.activeElement);
  const next = e.key === "ArrowDown" ? at + 1 : e.key === "ArrowUp" ? at - 1 : -1;
  if (at >= 0 && steps[next]) { steps[next].focus(); steps[next].click(); e.preventDefault(); }
});`;

/** Shows what a fix would change, as a difference beside the lesson. */
export class Previews implements vscode.TextDocumentContentProvider {
  static readonly scheme = "mcpaudit-fix";
  private readonly texts = new Map<string, string>();
  private turn = 0;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  async show(title: string, edit: vscode.WorkspaceEdit): Promise<void> {
    await this.close();
    for (const [uri, edits] of edit.entries()) {
      const document = await vscode.workspace.openTextDocument(uri);
      let text = document.getText();
      for (const e of [...edits].sort((a, b) => b.range.start.compareTo(a.range.start))) {
        text = text.slice(0, document.offsetAt(e.range.start)) + e.newText + text.slice(document.offsetAt(e.range.end));
      }
      const fixed = uri.with({ scheme: Previews.scheme, query: String(++this.turn) });
      this.texts.set(fixed.toString(), text);
      await vscode.commands.executeCommand("vscode.diff", uri, fixed, title, { viewColumn: vscode.ViewColumn.One, preserveFocus: true });
    }
  }

  /** Closes the differences that are shown. */
  async close(): Promise<void> {
    this.texts.clear();
    const ours = (tab: vscode.Tab) => tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.scheme === Previews.scheme;
    await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap((g) => g.tabs.filter(ours)));
  }
}

/** The one lesson panel: a new finding takes the place of the one before. */
export class LessonPanel {
  private panel: vscode.WebviewPanel | undefined;
  private shown: { check: string; uri: string; fingerprint: string; line: number } | undefined;
  private steps: NonNullable<Explained["steps"]> = [];
  private actions: CodeAction[] = [];
  /** What the panel shows, for tests. */
  html = "";

  constructor(
    private readonly client: () => LanguageClient | undefined,
    private readonly previews: Previews,
  ) {}

  /** Explains a finding; again means that the panel shows it already and something changed. */
  async show(check: string, uri: string, fingerprint: string, line: number, again = false): Promise<void> {
    const client = this.client();
    if (!client) {
      return;
    }
    this.shown = { check, uri, fingerprint, line };
    const explained = (await client.sendRequest("workspace/executeCommand", { command: "mcpaudit.explain", arguments: [check, uri, fingerprint, "panel"] })) as Explained;
    this.steps = explained.steps ?? [];
    const target = vscode.Uri.parse(uri);
    const document = await vscode.workspace.openTextDocument(target);
    const last = this.steps.filter((s) => s.uri === uri).at(-1); // edits have moved it, but for findings without a path
    const at = last ? last.range.end.line : Math.min(Math.max(line - 1, 0), document.lineCount - 1);
    if (!again) {
      const editor = await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preserveFocus: true });
      editor.revealRange(document.lineAt(at).range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
    await this.gather(client, uri, at, fingerprint);
    if (!this.panel) {
      this.panel = vscode.window.createWebviewPanel("mcpaudit.lesson", "Lesson", { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true }, { enableScripts: true, localResourceRoots: [], enableFindWidget: true });
      this.panel.onDidDispose(() => (this.panel = undefined));
      this.panel.webview.onDidReceiveMessage((m: { does: string; at: number }) => this.does(m));
    }
    this.panel.title = explained.title;
    this.html = (again && !explained.depth ? '<p role="status"><strong>This finding is gone.</strong></p>' : "") + (await this.render(explained));
    this.panel.webview.html = page(explained.title, this.html, stepping);
    if (!again) {
      this.panel.reveal(undefined, true);
    }
  }

  /** The fixes of the finding, and the answers to the question of its tool. */
  private async gather(client: LanguageClient, uri: string, line: number, fingerprint: string): Promise<void> {
    const at = (n: number, kind: string) =>
      client.sendRequest("textDocument/codeAction", {
        textDocument: { uri },
        range: { start: { line: n, character: 0 }, end: { line: n, character: 10_000 } },
        context: { diagnostics: [], only: [kind] },
      }) as Promise<CodeAction[]>;
    // Another finding of the line has fixes of its own.
    const ours = (d: Diagnostic) => (d.data as { fingerprint?: string } | undefined)?.fingerprint === fingerprint;
    const fixes = (await at(line, "quickfix")).filter((a) => !a.command && (a.diagnostics ?? []).some(ours) && !a.title.startsWith("Ignore "));
    const first = this.steps[0] ? this.steps[0].range.start.line : line;
    const answers = (await at(first, "mcpaudit.threatModel")).filter((a) => a.command?.command === "mcpaudit.answer");
    this.actions = [...fixes, ...answers];
  }

  private async render(explained: Explained): Promise<string> {
    const drawn = async (markdown: string) => (await vscode.commands.executeCommand<string>("markdown.api.render", markdown)) ?? `<pre>${escape(markdown)}</pre>`;
    // What it is comes first, then what can be done here, then the lesson.
    const split = explained.markdown.indexOf("\n## ");
    const [head, lesson] = split < 0 ? [explained.markdown, ""] : [explained.markdown.slice(0, split), explained.markdown.slice(split)];
    const body = this.steps.length > 0 ? lesson.replace(/\n## Path\n[^]*?(?=\n## |$)/, "") : lesson; // the steps are buttons here
    const steps = this.steps
      .map((s, i) => `<button class="step" data-does="step" data-at="${i}">${i + 1}. ${escape(s.text)}<code>${escape(s.code)}</code></button>`)
      .join("");
    const path = steps ? `<section aria-label="The path through the code"><h2>The path, step by step</h2>${steps}</section>` : "";
    const button = (a: CodeAction, i: number) => `<button data-does="action" data-at="${i}">${escape(a.title.replace(/^.* → /, ""))}</button>`;
    const fixes = this.actions.map((a, i) => (a.command ? "" : `<p>${escape(a.title)}<br><button data-does="preview" data-at="${i}">See the change</button><button data-does="action" data-at="${i}">Apply</button></p>`)).join("");
    const answers = this.actions.map((a, i) => (a.command ? button(a, i) : "")).join("");
    const asked = this.actions.find((a) => a.command)?.title.replace(/ → .*$/, "");
    const fix = fixes ? `<section aria-label="Fixes"><h2>Fix it</h2>${fixes}</section>` : "";
    const ask = asked ? `<section aria-label="A question"><h2>${escape(asked)}</h2>${answers}</section>` : "";
    return `${await drawn(head)}${path}${fix}${ask}${await drawn(body)}`;
  }

  private async does(m: { does: string; at: number }): Promise<void> {
    if (m.does === "step") {
      const step = this.steps[m.at];
      const range = new vscode.Range(step.range.start.line, step.range.start.character, step.range.end.line, step.range.end.character);
      const editor = await vscode.window.showTextDocument(vscode.Uri.parse(step.uri), { viewColumn: vscode.ViewColumn.One, preserveFocus: true, selection: range });
      const line = new vscode.Range(range.start.line, 0, range.start.line, 0); // its beginning, not the middle of it
      editor.revealRange(line, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      return;
    }
    const chosen = this.actions[m.at];
    const client = this.client();
    if (!chosen || !client) {
      return;
    }
    if (!chosen.command) {
      const resolved = chosen.edit ? chosen : ((await client.sendRequest("codeAction/resolve", chosen)) as CodeAction);
      const edits = await client.protocol2CodeConverter.asWorkspaceEdit(resolved.edit);
      if (edits && m.does === "preview") {
        await this.previews.show(chosen.title, edits);
        return;
      }
      await this.previews.close();
      await vscode.workspace.applyEdit(edits ?? new vscode.WorkspaceEdit());
    } else {
      await vscode.commands.executeCommand(chosen.command.command, ...(chosen.command.arguments ?? []));
    }
    if (this.shown) {
      const { check, uri, fingerprint, line } = this.shown;
      await this.show(check, uri, fingerprint, line, true);
    }
  }
}

/** The picture of a server, in the colours of the editor, with its document to save. */
export class PicturePanel {
  private panel: vscode.WebviewPanel | undefined;
  html = "";

  constructor(private readonly client: () => LanguageClient | undefined) {}

  async show(uri: string | undefined): Promise<void> {
    const client = this.client();
    if (!client) {
      return;
    }
    const kind = vscode.window.activeColorTheme.kind;
    const theme = kind === vscode.ColorThemeKind.Light || kind === vscode.ColorThemeKind.HighContrastLight ? "light" : "dark";
    const model = (await client.sendRequest("workspace/executeCommand", { command: "mcpaudit.showThreatModel", arguments: [uri ?? "", theme, "panel"] })) as ShownModel;
    if (!this.panel) {
      this.panel = vscode.window.createWebviewPanel("mcpaudit.picture", "Threat model", vscode.ViewColumn.Active, { enableScripts: true, localResourceRoots: [] });
      this.panel.onDidDispose(() => (this.panel = undefined));
    }
    this.panel.title = `Threat model: ${model.name}`;
    this.panel.webview.onDidReceiveMessage((m: { does: string }) => this.save(m.does, model));
    this.html = `<p><button data-does="svg">Save the picture</button><button data-does="markdown">Save the document</button></p>${model.svg}`;
    // The drawing has a style of its own, which stands for itself under our policy.
    const nonce = randomBytes(16).toString("hex");
    this.panel.webview.html = page(model.name, this.html, stepping).replace("<style>", `<style nonce="${nonce}">`).replace("style-src 'nonce-", `style-src 'nonce-${nonce}' 'nonce-`);
  }

  private async save(what: string, model: ShownModel): Promise<void> {
    const [end, text] = what === "svg" ? ["svg", model.svg] : ["md", model.markdown];
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const to = await vscode.window.showSaveDialog({ defaultUri: folder && vscode.Uri.joinPath(folder, `threat-model.${end}`) });
    if (to) {
      await vscode.workspace.fs.writeFile(to, Buffer.from(text));
      await vscode.window.showTextDocument(to);
    }
  }
}
