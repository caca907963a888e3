// Draws the pictures of threat models in a real browser, headless: Mermaid's own parser
// takes what we write, hostile names are no markup, and the SVG follows the theme and
// loads nothing. Run by .ci/run:
//
//   PICTURES=folder DRIVER=folder CHROMIUM=/usr/bin/chromium node --test internal/threat/picture.test.mjs
//
// PICTURES holds what `go test ./internal/threat -args -pictures folder` wrote.
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

const installed = createRequire(path.join(process.env.DRIVER ?? process.cwd(), "x.js"));
const { chromium } = installed("playwright-core");
const pictures = path.resolve(process.env.PICTURES);
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

let folder, context, page;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "mcpaudit-pictures-"));
  context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags, viewport: { width: 1060, height: 900 },
  });
  page = context.pages()[0];
});

after(async () => {
  await context?.close();
  await rm(folder, { recursive: true, force: true });
});

const named = async (end) => (await readdir(pictures)).filter((name) => name.endsWith(end)).sort();

test("Mermaid draws each picture, and names are nothing but text", async () => {
  await page.goto("about:blank");
  await page.addScriptTag({ path: path.join(path.dirname(installed.resolve("mermaid/package.json")), "dist", "mermaid.min.js") });
  await page.evaluate(() => mermaid.initialize({ startOnLoad: false, securityLevel: "loose" }));
  const all = await named(".mmd");
  assert.ok(all.length >= 4, `${all.length} pictures`);
  for (const name of all) {
    const text = await readFile(path.join(pictures, name), "utf8");
    const boxes = text.match(/^ +\w+(\(\[|\[)"/gm).length;
    const got = await page.evaluate(async (text) => {
      const { svg } = await mermaid.render("drawn", text);
      document.body.innerHTML = svg;
      return {
        boxes: document.querySelectorAll(".node").length,
        acts: document.body.querySelectorAll("script, img, a, iframe, [onclick], [onerror]").length,
        words: document.body.textContent,
      };
    }, text);
    assert.equal(got.boxes, boxes, `${name}: boxes`);
    assert.equal(got.acts, 0, `${name}: something acts`);
    if (name.startsWith("hostile")) {
      assert.match(got.words, /<img src=x>/, "the name is shown as it is");
    }
  }
});

test("the SVG stands for itself and follows the reader's theme", async () => {
  const wrong = [];
  page.on("request", (request) => { if (!request.url().startsWith("file:")) wrong.push(request.url()); });
  const background = () => page.evaluate(() => getComputedStyle(document.querySelector(".bg")).fill);
  for (const name of await named("-auto.svg")) {
    const url = pathToFileURL(path.join(pictures, name)).href;
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(url);
    assert.equal(await background(), "rgb(255, 255, 255)", `${name} in light`);
    // No text runs out of its box, whatever the fonts here are.
    const spills = await page.evaluate(() => [...document.querySelectorAll("text")].filter((t) => {
      const r = t.getBBox();
      return r.x < 0 || r.x + r.width > document.documentElement.viewBox.baseVal.width;
    }).map((t) => t.textContent));
    assert.deepEqual(spills, [], name);
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await background(), "rgb(15, 21, 27)", `${name} in dark`);
  }
  assert.deepEqual(wrong, [], "nothing is loaded");
});
