// Runs within the extension host of a real VS Code, beside the installed extension: what
// the editor gets from it through its own interfaces.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(what, holds, patience = 20_000) {
  const end = Date.now() + patience;
  for (;;) {
    const got = await holds();
    if (got) return got;
    if (Date.now() > end) throw new Error(`it never comes to pass that ${what}`);
    await pause(20);
  }
}

const codes = (uri) => vscode.languages.getDiagnostics(uri).filter((d) => d.source === "mcpaudit").map((d) => (typeof d.code === "object" ? d.code.value : d.code));
const at = (document, words) => document.positionAt(document.getText().indexOf(words));

const tests = {
  async "findings appear, with their severity and a link to the lesson"(t) {
    await until("the findings appear", () => codes(t.uri).includes("command-injection"));
    const found = vscode.languages.getDiagnostics(t.uri).find((d) => (d.code.value ?? d.code) === "command-injection");
    assert.equal(found.severity, vscode.DiagnosticSeverity.Error);
    assert.match(found.message, /AIVSS 8\.9 High/);
  },

  async "the status bar shows the worst score"(t) {
    await until("the worst score is shown", () => /^\$\(shield\) \d\.\d /.test(t.api.status()));
  },

  async "a hover teaches, and its links are commands of ours alone"(t) {
    const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", t.uri, at(t.document, "subprocess.run(command"));
    assert.match(hovers.map((h) => h.contents.map((c) => c.value).join()).join(), /Attack/);
    const card = (await vscode.commands.executeCommand("vscode.executeHoverProvider", t.uri, at(t.document, "export_note"))).flatMap((h) => h.contents);
    const text = card.map((c) => c.value).join();
    assert.match(text, /runs commands/);
    assert.match(text, /\]\(command:mcpaudit\.answer\?/);
    assert.deepEqual(card[0].isTrusted.enabledCommands.sort(), ["mcpaudit.answer", "mcpaudit.explain", "mcpaudit.showThreatModel"]);
  },

  async "a fix is offered, applied, and the finding goes"(t) {
    const bad = at(t.document, "False,  # finding: tls");
    const before = t.document.getText();
    const actions = await until("the fix is offered", async () => {
      const all = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", t.uri, new vscode.Range(bad, bad), "quickfix", 30);
      t.offered = all.map((a) => `${a.title}${a.edit ? " (edit)" : ""}`).join("; ");
      const fix = all.find((a) => a.edit && a.title === "Verify certificates");
      return fix && [fix];
    });
    assert.ok(await vscode.workspace.applyEdit(actions[0].edit));
    await until("the finding goes", () => !codes(t.uri).includes("tls-verification-disabled"));
    const all = new vscode.WorkspaceEdit();
    all.replace(t.uri, new vscode.Range(0, 0, 1e6, 0), before);
    await vscode.workspace.applyEdit(all);
    await until("the finding comes back", () => codes(t.uri).includes("tls-verification-disabled"));
  },

  async "the audit view has the server, its tools and the findings, and other scores elsewhere"(t) {
    await t.api.refresh();
    const [server] = t.api.view.getChildren();
    assert.equal(t.api.view.getTreeItem(server).label, "notes");
    const children = t.api.view.getChildren(server);
    const labels = children.map((c) => t.api.view.getTreeItem(c).label);
    assert.ok(labels.includes("tool export_note"), labels.join());
    assert.ok(labels.some((l) => /^Open questions \(\d+\)$/.test(l)), labels.join());
    const tool = children[labels.indexOf("tool export_note")];
    assert.equal(t.api.view.getTreeItem(tool).description, "8.9 High");
    t.api.view.deployment = "remote";
    assert.equal(t.api.view.getTreeItem(tool).description, "9.5 Critical");
    t.api.view.deployment = undefined;
    assert.match(t.api.view.getTreeItem(t.api.view.getChildren(tool)[0]).label, /passes style to a shell/);
  },

  async "the lesson panel leads along the path and asks"(t) {
    const tool = t.api.view.getChildren(t.api.view.getChildren()[0]).find((n) => n.name === "export_note");
    const item = t.api.view.getTreeItem(t.api.view.getChildren(tool)[0]);
    await vscode.commands.executeCommand(item.command.command, ...item.command.arguments);
    assert.match(t.api.lesson.html, /the caller chooses style/);
    assert.match(t.api.lesson.html, /aria-label="A question"/);
    assert.doesNotMatch(t.api.lesson.html, /<script/);
  },

  async "an answer changes the score, is kept beside the code, and the view follows"(t) {
    const answer = (what) => vscode.commands.executeCommand("mcpaudit.answer", t.uri.toString(), "export_note", "who-confirms", what);
    await answer("nobody");
    const book = path.join(path.dirname(t.uri.fsPath), ".mcpaudit", "threat-model.yaml");
    assert.match(fs.readFileSync(book, "utf8"), /question: who-confirms/);
    await until("the score of the finding follows", async () => {
      await t.api.refresh();
      const found = t.api.view.findings().find((f) => f.check === "command-injection");
      return found.score.aivss > 8.85 && t.api.view.getChildren(t.api.view.getChildren()[0]).length > 0;
    });
  },

  async "the picture is drawn in the colours of the editor"(t) {
    await vscode.commands.executeCommand("mcpaudit.picture");
    assert.match(t.api.picture.html, /<svg [^]*search_notes[^]*<\/svg>/);
  },

  async "only settings that somebody has set reach the server"(t) {
    const settings = vscode.workspace.getConfiguration("mcpaudit");
    await settings.update("checks", { "command-injection": "off" }, vscode.ConfigurationTarget.Global);
    await until("the check is off", () => !codes(t.uri).includes("command-injection"));
    await settings.update("checks", undefined, vscode.ConfigurationTarget.Global);
    await until("it is on again", () => codes(t.uri).includes("command-injection"));
  },

  async "the server comes back after it was killed"(t) {
    await vscode.commands.executeCommand("mcpaudit.restart");
    await until("it runs again", () => t.api.client()?.state === 2);
    await until("the findings are back", () => codes(t.uri).includes("command-injection"));
  },

  async "an edit becomes a squiggle at once"(t) {
    // 100 edits of a file of 5,000 lines, from the edit to the changed diagnostics.
    const uri = vscode.Uri.file(process.env.MCPAUDIT_LARGE);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    await until("the large file is audited", () => codes(uri).length > 5);
    const insert = document.getText().indexOf("\n\n", document.getText().indexOf("@mcp.tool")) + 1;
    const times = [];
    for (let i = 0; i < 100; i++) {
      const flaw = i % 2 === 0;
      const edit = new vscode.WorkspaceEdit();
      const where = document.positionAt(insert);
      const text = "\n\n@mcp.tool()\ndef added(x: str) -> str:\n    return subprocess.run(x, shell=True, timeout=5).stdout\n";
      const count = codes(uri).filter((c) => c === "command-injection").length;
      if (flaw) edit.insert(uri, where, text);
      else edit.delete(uri, new vscode.Range(where, document.positionAt(insert + text.length)));
      const begin = performance.now();
      const changed = new Promise((done) => {
        const listener = vscode.languages.onDidChangeDiagnostics(() => {
          if (codes(uri).filter((c) => c === "command-injection").length === count + (flaw ? 1 : -1)) {
            listener.dispose();
            done(performance.now() - begin);
          }
        });
      });
      await vscode.workspace.applyEdit(edit);
      times.push(await Promise.race([changed, pause(5000).then(() => { throw new Error(`edit ${i} changes nothing`); })]));
    }
    times.sort((a, b) => a - b);
    t.notes.push(`edit to squiggle, ${document.lineCount} lines, 100 edits: p50 ${times[50].toFixed(0)} ms, p95 ${times[95].toFixed(0)} ms`);
    assert.ok(times[50] < 1000, `p50 ${times[50]}`);
  },
};

exports.run = async () => {
  const report = { passed: [], failed: [], notes: [] };
  const uri = vscode.Uri.file(path.join(vscode.workspace.workspaceFolders[0].uri.fsPath, "server.py"));
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const extension = vscode.extensions.getExtension("mcpaudit.mcpaudit");
    const began = performance.now();
    const api = await extension.activate();
    report.notes.push(`activation ${(performance.now() - began).toFixed(0)} ms`);
    const t = { uri, document, api, notes: report.notes };
    for (const [name, test] of Object.entries(tests)) {
      try {
        await test(t);
        report.passed.push(name);
      } catch (error) {
        report.failed.push(`${name}: ${error.stack ?? error}; offered: ${t.offered}`);
      }
    }
  } catch (error) {
    report.failed.push(`the beginning: ${error.stack ?? error}; offered: ${t.offered}`);
  }
  fs.writeFileSync(process.env.MCPAUDIT_REPORT, JSON.stringify(report, null, 2));
  if (report.failed.length > 0) throw new Error(`${report.failed.length} failed`);
};
