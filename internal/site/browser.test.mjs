// Reads the pages in a real browser, headless, from a disk as a reader would: the
// index, the search, a lesson, and both themes. Run by .ci/run:
//
//   SITE=folder SHOTS=folder CHROMIUM=/usr/bin/chromium node --test internal/site/browser.test.mjs
//
// SITE is what `mcpaudit checks --site` wrote; pictures go to SHOTS.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

// The driver stands in a cache of .ci/run, not beside this file.
const { chromium } = createRequire(path.join(process.env.DRIVER ?? process.cwd(), "x.js"))("playwright-core");

const site = path.resolve(process.env.SITE);
const shots = path.resolve(process.env.SHOTS);
const home = pathToFileURL(path.join(site, "index.html")).href;
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

let folder, context, page;
const wrong = [];

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "mcpaudit-site-"));
  context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags, viewport: { width: 1280, height: 860 },
  });
  page = context.pages()[0];
  page.on("console", (message) => { if (message.type() === "error") wrong.push(message.text()); });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith("file:")) wrong.push("loads " + request.url()); });
});

after(async () => {
  await context?.close();
  await rm(folder, { recursive: true, force: true });
});

const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test("the index lists every check and leads to its lesson", async () => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(home);
  const cards = await page.locator(".cards li").count();
  assert.ok(cards >= 30, `${cards} cards`);
  assert.equal(await page.evaluate(() => CHECKS.length), cards);
  await page.screenshot({ path: path.join(shots, "site-index-light.png") });
  await page.getByRole("link", { name: "A tool argument reaches a shell" }).click();
  await page.waitForURL("**/checks/command-injection.html");
  assert.equal(await page.locator("h1").textContent(), "A tool argument reaches a shell");
  assert.ok((await page.locator("pre mark").count()) >= 3, "lines with findings are marked");
  await page.screenshot({ path: path.join(shots, "site-lesson-light.png") });
});

test("the search finds by number, by words and says where nothing is found", async () => {
  await page.goto(home);
  await page.keyboard.press("/");
  await page.keyboard.type("CWE-22");
  await page.locator("#results a").first().waitFor();
  assert.match(await page.locator("#results").textContent(), /path-traversal/);
  assert.equal(await page.locator("main").isVisible(), false);
  await page.fill("#search", "shell argument");
  await page.screenshot({ path: path.join(shots, "site-search-light.png") });
  await page.fill("#search", "no such thing anywhere");
  assert.match(await page.locator("#results").textContent(), /No check fits/);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("main").isVisible(), true);
  await page.fill("#search", "command injection");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/checks/*.html");
});

test("a standard leads to its checks", async () => {
  await page.goto(home);
  await page.getByRole("link", { name: "Standards" }).click();
  await page.locator("#cwe").getByRole("row", { name: "CWE-78" }).getByRole("link").first().click();
  await page.waitForURL("**/checks/*.html");
});

test("the theme follows the system, and the reader's choice stays", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(home);
  const dark = await background();
  await page.screenshot({ path: path.join(shots, "site-index-dark.png") });
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background();
  assert.notEqual(dark, light);
  await page.getByRole("button", { name: /Theme/ }).click(); // light
  await page.getByRole("button", { name: /Theme/ }).click(); // dark
  assert.equal(await background(), dark);
  await page.reload();
  assert.equal(await background(), dark, "after a reload");
  await page.goto(pathToFileURL(path.join(site, "checks", "path-traversal.html")).href);
  await page.screenshot({ path: path.join(shots, "site-lesson-dark.png") });
});

test("the pages fit a narrow window", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const name of ["index.html", "standards.html", "checks/path-traversal.html"]) {
    await page.goto(pathToFileURL(path.join(site, name)).href);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${name} is ${over} pixels too wide`);
  }
});

test("nothing was loaded from elsewhere and nothing went wrong", () => {
  assert.deepEqual(wrong, []);
});
