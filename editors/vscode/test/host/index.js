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

/** The servers of the package that run, and what waits until one runs that is not known. */
function servers(t) {
  const program = path.join(t.extension.extensionPath, "bin", "mcpaudit");
  const running = () => fs.readdirSync("/proc").filter((pid) => { try { return fs.readlinkSync(`/proc/${pid}/exe`) === program; } catch { return false; } });
  const another = (known) => until("another server runs alone, and answers", async () => {
    const client = t.api.client();
    if (running().length !== 1 || known.includes(running()[0]) || client?.state !== 2) return false;
    return client.sendRequest("workspace/executeCommand", { command: "mcpaudit.models", arguments: [] }).then(() => true, () => false);
  });
  return { running, another };
}

const tests = {
  async "[findings] findings appear, with their severity and a link to the lesson"(t) {
    await until("the findings appear", () => codes(t.uri).includes("command-injection"));
    const found = vscode.languages.getDiagnostics(t.uri).find((d) => (d.code.value ?? d.code) === "command-injection");
    assert.equal(found.severity, vscode.DiagnosticSeverity.Error);
    assert.match(found.message, /AIVSS 8\.9 High/);
  },

  async "[status] the status bar shows the worst score"(t) {
    await until("the worst score is shown", () => /^\$\(shield\) \d\.\d /.test(t.api.status()));
  },

  async "[hover] a hover teaches, and its links are commands of ours alone"(t) {
    const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", t.uri, at(t.document, "subprocess.run(command"));
    assert.match(hovers.map((h) => h.contents.map((c) => c.value).join()).join(), /Attack/);
    const card = (await vscode.commands.executeCommand("vscode.executeHoverProvider", t.uri, at(t.document, "export_note"))).flatMap((h) => h.contents);
    const text = card.map((c) => c.value).join();
    assert.match(text, /runs commands/);
    assert.match(text, /\]\(command:mcpaudit\.answer\?/);
    assert.deepEqual(card[0].isTrusted.enabledCommands.sort(), ["mcpaudit.answer", "mcpaudit.explain", "mcpaudit.showThreatModel"]);
  },

  async "[fix] a fix is offered, applied, and the finding goes"(t) {
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

  async "[list] the audit view has the server, its tools and the findings, and other scores elsewhere"(t) {
    await t.api.refresh();
    const [server] = t.api.view.getChildren();
    assert.equal(t.api.view.getTreeItem(server).label, "notes");
    const children = t.api.view.getChildren(server);
    const labels = children.map((c) => t.api.view.getTreeItem(c).label);
    assert.ok(labels.includes("tool export_note"), labels.join());
    const asked = children[labels.findIndex((l) => /^Questions to answer \(\d+\)$/.test(l))].children.map((c) => t.api.view.getTreeItem(c).description);
    assert.equal(asked.filter((d) => /^export_note, \d more$/.test(d)).length, 1, asked.join("; "));
    const tool = () => t.api.view.getChildren(t.api.view.getChildren()[0]).find((n) => n.name === "export_note");
    assert.equal(t.api.view.getTreeItem(tool()).description, "8.9 High");
    t.api.view.choose({ deployment: "remote" });
    assert.equal(t.api.view.getTreeItem(tool()).description, "9.5 Critical");
    t.api.view.choose({ deployment: undefined });
    assert.match(t.api.view.getTreeItem(t.api.view.getChildren(tool())[0]).label, /passes style to a shell/);
  },

  async "[lesson] the lesson panel leads along the path and asks"(t) {
    const tool = t.api.view.getChildren(t.api.view.getChildren()[0]).find((n) => n.name === "export_note");
    const item = t.api.view.getTreeItem(t.api.view.getChildren(tool)[0]);
    await vscode.commands.executeCommand(item.command.command, ...item.command.arguments);
    assert.match(t.api.lesson.html, /the caller chooses style/);
    assert.match(t.api.lesson.html, /aria-label="A question"/);
    assert.doesNotMatch(t.api.lesson.html, /<script/);
    assert.doesNotMatch(t.api.lesson.html, /End the program when time is up/); // a fix of another finding in that line
    const tls = vscode.languages.getDiagnostics(t.uri).find((d) => (d.code.value ?? d.code) === "tls-verification-disabled");
    const actions = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", t.uri, tls.range, "quickfix", 30);
    const explain = actions.find((a) => a.title.startsWith("Explain this threat"));
    await vscode.commands.executeCommand("mcpaudit.showLesson", ...explain.command.arguments.slice(0, 3), tls.range.start.line + 1);
    assert.match(t.api.lesson.html, /aria-label="Fixes".*Verify certificates/);
  },

  async "[answer] an answer changes the score, is kept beside the code, and the view follows"(t) {
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

  async "[accept] an accepted risk is drafted and opened"(t) {
    const found = vscode.languages.getDiagnostics(t.uri).find((d) => (d.code.value ?? d.code) === "command-injection");
    const actions = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", t.uri, found.range, "quickfix", 30);
    const draft = actions.find((a) => a.title === "Accept this risk: draft an exception for command-injection");
    await vscode.commands.executeCommand(draft.command.command, ...draft.command.arguments);
    const drafted = await until("the draft is open", () => vscode.window.visibleTextEditors.map((e) => e.document).find((d) => d.uri.path.endsWith("/.mcpaudit/exceptions/EX-001-command-injection.yaml")));
    assert.match(drafted.getText(), /status: proposed/);
    fs.rmSync(drafted.uri.fsPath);
    await vscode.window.showTextDocument(t.document);
  },

  async "[model] the picture is drawn in the colours of the editor"(t) {
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

  async "the audit view can be filtered, and says so"(t) {
    await vscode.commands.executeCommand("mcpaudit.audit.focus");
    const tool = () => t.api.view.getChildren(t.api.view.getChildren()[0]).find((n) => n.name === "export_note");
    // The view follows the diagnostics a moment later.
    await until("the view has all findings", async () => (await t.api.refresh(), t.api.view.findings().some((f) => f.check === "command-injection")));
    const all = tool().children.length;
    assert.equal(t.api.view.filtered, undefined);
    t.api.view.choose({ bands: ["Critical", "High"] });
    assert.ok(tool().children.length > 0 && tool().children.length < all);
    assert.equal(t.api.view.filtered, "Shown: Critical, High");
    t.api.view.choose({ bands: ["Critical", "High", "Medium", "Low", "None"], file: "file:///elsewhere.py" });
    assert.equal(tool().children.length, 0);
    t.api.view.choose({ file: undefined });
    assert.equal(tool().children.length, all);
  },

  async "the audit view goes where the editor goes"(t) {
    await vscode.commands.executeCommand("mcpaudit.audit.focus");
    const editor = await vscode.window.showTextDocument(t.document);
    for (const [words, label] of [["def search_notes", /^tool search_notes$/], ["subprocess.run(command", /passes style to a shell/]]) {
      const at = t.document.positionAt(t.document.getText().indexOf(words));
      const node = t.api.view.at(t.uri, at.line + 1);
      assert.match(t.api.view.getTreeItem(node).label, label);
      editor.selection = new vscode.Selection(at, at);
      await until(`${label} is selected`, () => t.api.selected().some((n) => label.test(t.api.view.getTreeItem(n).label)));
    }
  },

  async "[inlay] scores stand behind lines when asked for"(t) {
    const hints = async () => (await vscode.commands.executeCommand("vscode.executeInlayHintProvider", t.uri, new vscode.Range(0, 0, t.document.lineCount, 0))) ?? [];
    assert.deepEqual(await hints(), []);
    const settings = vscode.workspace.getConfiguration("mcpaudit");
    await settings.update("inlayScores", true, vscode.ConfigurationTarget.Global);
    await until("hints are there", async () => (await hints()).some((h) => /^\d\.\d (High|Critical)$/.test(h.label) && t.document.lineAt(h.position.line).text.includes("subprocess.run(command")));
    await settings.update("inlayScores", undefined, vscode.ConfigurationTarget.Global);
    await until("they are gone", async () => (await hints()).length === 0);
  },

  async "[fixAll] all that is safe is fixed on save, by the editor's setting"(t) {
    const settings = vscode.workspace.getConfiguration("editor", t.uri);
    const before = t.document.getText();
    const edit = new vscode.WorkspaceEdit();
    edit.insert(t.uri, new vscode.Position(0, 0), "# edited\n");
    await vscode.workspace.applyEdit(edit);
    await settings.update("codeActionsOnSave", { "source.fixAll.mcpaudit": "explicit" }, vscode.ConfigurationTarget.Global);
    assert.ok(await t.document.save());
    assert.doesNotMatch(t.document.getText(), /verify=False/);
    await until("the finding goes", () => !codes(t.uri).includes("tls-verification-disabled"));
    await settings.update("codeActionsOnSave", undefined, vscode.ConfigurationTarget.Global);
    const all = new vscode.WorkspaceEdit();
    all.replace(t.uri, new vscode.Range(0, 0, 1e6, 0), before);
    await vscode.workspace.applyEdit(all);
    assert.ok(await t.document.save());
    await until("the finding comes back", () => codes(t.uri).includes("tls-verification-disabled"));
  },

  async "notebooks are left alone"(t) {
    const flaw = 'import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("x")\n\n@mcp.tool()\ndef run(x: str) -> int:\n    return os.system(x)\n';
    const notebook = vscode.Uri.file(path.join(path.dirname(t.uri.fsPath), "same.ipynb"));
    fs.writeFileSync(notebook.fsPath, JSON.stringify({ cells: [{ cell_type: "code", metadata: {}, source: flaw, outputs: [], execution_count: null }], metadata: { language_info: { name: "python" } }, nbformat: 4, nbformat_minor: 5 }));
    const book = await vscode.workspace.openNotebookDocument(notebook);
    const cell = book.cellAt(0).document;
    assert.equal(cell.languageId, "python");
    const file = vscode.Uri.file(path.join(path.dirname(t.uri.fsPath), "same.py"));
    fs.writeFileSync(file.fsPath, flaw);
    await vscode.workspace.openTextDocument(file);
    await until("the same in a file is found", () => codes(file).includes("command-injection"));
    assert.deepEqual(codes(cell.uri), []);
    fs.rmSync(file.fsPath);
    fs.rmSync(notebook.fsPath);
  },

  async "agents have findings and lessons as tools"(t) {
    if (!vscode.lm?.tools) return;
    const text = async (name, input) => (await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined })).content.map((p) => p.value).join("");
    const found = JSON.parse(await text("mcpaudit_findings", {}));
    assert.ok(found.some((f) => f.check === "command-injection" && f.file === "server.py"), JSON.stringify(found).slice(0, 400));
    assert.match(await text("mcpaudit_lesson", { check: "command-injection" }), /^# .*shell/m);
  },

  async "[restart] the server comes back after it was killed, and by command"(t) {
    const { running, another } = servers(t);
    const known = running();
    assert.equal(known.length, 1);
    process.kill(Number(known[0]), "SIGKILL");
    // Somebody goes on typing, so that much is written to a server that is no more.
    for (let i = 0; i < 10; i++) {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(t.uri, new vscode.Position(0, 0), "\n");
      await vscode.workspace.applyEdit(edit);
      await vscode.commands.executeCommand("vscode.executeHoverProvider", t.uri, at(t.document, "subprocess.run(command"));
    }
    await another(known);
    await until("the findings are back", () => codes(t.uri).includes("command-injection"));
    known.push(...running());
    await vscode.commands.executeCommand("mcpaudit.restart");
    await another(known);
    known.push(...running());
    process.kill(Number(running()[0]), "SIGKILL");
    await Promise.all([1, 2].map(() => vscode.commands.executeCommand("mcpaudit.restart")));
    await another(known);
    await until("the findings are back again", () => codes(t.uri).includes("command-injection"));
    await pause(2500); // one that was left behind would be sent away by now
    assert.equal(running().length, 1);
  },

  async "what does not start, or hangs, gives way to what does"(t) {
    const { running, another } = servers(t);
    const settings = vscode.workspace.getConfiguration("mcpaudit");
    const silent = path.join(path.dirname(t.uri.fsPath), "silent.sh");
    fs.writeFileSync(silent, "#!/bin/sh\nexec sleep 300\n", { mode: 0o755 });
    const hung = () => fs.readdirSync("/proc").filter((pid) => { try { return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8") === "sleep\x00300\x00"; } catch { return false; } });
    await settings.update("server.path", "/nowhere/mcpaudit", vscode.ConfigurationTarget.Global);
    await until("the status bar says that it does not start", () => /does not start: .*ENOENT/.test(t.api.status()));
    await settings.update("server.path", silent, vscode.ConfigurationTarget.Global);
    await until("one hangs", () => hung().length === 1);
    await settings.update("server.path", undefined, vscode.ConfigurationTarget.Global);
    await another([]);
    assert.deepEqual(hung(), []);
    assert.equal(running().length, 1);
    fs.rmSync(silent);
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

// In a workspace of two folders.
const severalFolders = {
  async "each folder has its findings and its own settings"(t) {
    await until("the findings of one appear", () => codes(t.uri).includes("sql-injection"));
    assert.ok(codes(t.uri).includes("command-injection"));
    const other = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[1].uri, "server.py");
    await vscode.workspace.openTextDocument(other);
    await until("the findings of the other appear", () => codes(other).includes("sql-injection"));
    await until("what its settings turn off goes", () => !codes(other).includes("command-injection"));
    assert.ok(codes(t.uri).includes("command-injection"));
  },

  async "the audit view has the servers of both, and loses those of a folder that goes"(t) {
    const places = () => t.api.view.getChildren().map((n) => t.api.view.getTreeItem(n).tooltip);
    await until("both are there", async () => (await t.api.refresh(), places().length === 2));
    assert.deepEqual(places().sort(), vscode.workspace.workspaceFolders.map((f) => f.name).sort());
    const gone = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[1].uri, "server.py");
    await vscode.commands.executeCommand("workbench.action.closeOtherEditors");
    vscode.workspace.updateWorkspaceFolders(1, 1);
    await until("one is left", async () => (await t.api.refresh(), places().length === 1));
    assert.ok(!codes(gone).includes("sql-injection") || vscode.workspace.textDocuments.some((d) => d.uri.toString() === gone.toString()));
  },
};

exports.run = async () => {
  const report = { passed: [], failed: [], notes: [] };
  try {
    // The folders of a workspace file come a moment later, and in about one window of four
    // of a VS Code in a browser never, with this extension or without.
    report.empty = true;
    await until("the folders are there", () => vscode.workspace.workspaceFolders?.length === (vscode.workspace.workspaceFile ? 2 : 1), 5_000);
    report.empty = false;
    const uri = vscode.Uri.file(path.join(vscode.workspace.workspaceFolders[0].uri.fsPath, "server.py"));
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const extension = vscode.extensions.getExtension("mcpaudit.mcpaudit");
    const began = performance.now();
    const api = await extension.activate();
    report.notes.push(`activation ${(performance.now() - began).toFixed(0)} ms`);
    const t = { uri, document, api, extension, notes: report.notes };
    for (const [name, test] of Object.entries(vscode.workspace.workspaceFile ? severalFolders : tests)) {
      try {
        await test(t);
        report.passed.push(name);
      } catch (error) {
        report.failed.push(`${name}: ${error.stack ?? error}; offered: ${t.offered}`);
      }
    }
  } catch (error) {
    report.failed.push(`the beginning: ${error.stack ?? error}`);
  }
  fs.writeFileSync(process.env.MCPAUDIT_REPORT, JSON.stringify(report, null, 2));
  if (report.failed.length > 0) throw new Error(`${report.failed.length} failed`);
};
