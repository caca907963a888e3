// Guards, each with the program that lacks it.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { execSync, spawn } from "child_process";
import * as fs from "fs/promises";
import * as dns from "dns/promises";
import path from "path";
import Database from "better-sqlite3";
import { z } from "zod";

const server = new McpServer({ name: "guards", version: "1.0.0" });
const ROOT = path.resolve(process.env.ROOT ?? "/srv/data");
const ALLOWED = ["a.txt", "b.txt"];
const HOSTS = new Set(["api.example.com"]);
const db = new Database("x.db");

server.tool("read", { file: z.string() }, async ({ file }) => {
  const text = await fs.readFile(path.join(ROOT, file), "utf8"); // flow: path-read file
  return { content: [{ type: "text", text }] };
});

server.tool("read-safe", { file: z.string() }, async ({ file }) => {
  const full = path.resolve(ROOT, file);
  if (!full.startsWith(ROOT + path.sep)) {
    throw new Error("outside");
  }
  return { content: [{ type: "text", text: await fs.readFile(full, "utf8") }] };
});

server.tool("read-safe-or-equal", { file: z.string() }, async ({ file }) => {
  const full = path.resolve(ROOT, file);
  if (full !== ROOT && !full.startsWith(`${ROOT}${path.sep}`)) {
    return { content: [] };
  }
  return { content: [{ type: "text", text: await fs.readFile(full, "utf8") }] };
});

server.tool("read-no-separator", { file: z.string() }, async ({ file }) => {
  const full = path.resolve(ROOT, file);
  if (!full.startsWith(ROOT)) throw new Error("outside");
  const text = await fs.readFile(full, "utf8"); // flow: path-read file (prefix-without-separator)
  return { content: [{ type: "text", text }] };
});

server.tool("read-relative", { file: z.string() }, async ({ file }) => {
  const full = path.resolve(ROOT, file);
  const rel = path.relative(ROOT, full);
  if (rel.startsWith("..") || path.isAbsolute(rel)) throw new Error("outside");
  return { content: [{ type: "text", text: await fs.readFile(full, "utf8") }] };
});

function inside(file: string): boolean {
  const rel = path.relative(ROOT, path.resolve(ROOT, file));
  return !!rel && !rel.startsWith("..") && !path.isAbsolute(rel);
}

function validate(file: string): string {
  const full = path.resolve(ROOT, file);
  const ok = [ROOT].some((dir) => full === dir || full.startsWith(dir + path.sep));
  if (!ok) throw new Error("outside");
  return full;
}

async function validateAsync(file: string): Promise<string> {
  const real = await fs.realpath(path.resolve(ROOT, file));
  if (!real.startsWith(ROOT + "/")) {
    throw new Error("outside");
  }
  return real;
}

server.tool("boolean-helper", { file: z.string() }, async ({ file }) => {
  if (!inside(file)) return { content: [], isError: true };
  await fs.unlink(path.resolve(ROOT, file));
  return { content: [] };
});

server.tool("ignored-helper", { file: z.string() }, async ({ file }) => {
  inside(file);
  await fs.unlink(path.resolve(ROOT, file)); // flow: path-delete file (result-ignored)
  return { content: [] };
});

server.tool("throwing-helper", { file: z.string() }, async ({ file }) => {
  const full = validate(file);
  await fs.writeFile(full, "x");
  return { content: [] };
});

server.tool("async-helper", { file: z.string() }, async ({ file }) => {
  const full = await validateAsync(file);
  await fs.writeFile(full, "x");
  return { content: [] };
});

function result(file: string): { ok: boolean; error?: string } {
  if (file.includes("..") || file.includes("/")) {
    return { ok: false, error: "bad" };
  }
  return { ok: true };
}

server.tool("result-object", { file: z.string() }, async ({ file }) => {
  const r = result(file);
  if (!r.ok) return { content: [] };
  await fs.writeFile(path.join(ROOT, file), "x");
  return { content: [] };
});

server.tool("member", { file: z.string() }, async ({ file }) => {
  if (!ALLOWED.includes(file)) throw new Error("no");
  await fs.readFile(file);
  return { content: [] };
});

server.tool("index-of", { file: z.string() }, async ({ file }) => {
  if (ALLOWED.indexOf(file) === -1) throw new Error("no");
  await fs.readFile(file);
  return { content: [] };
});

server.tool("schema-enum", { file: z.enum(["a", "b"]) }, async ({ file }) => {
  execSync(`cat ${file}`);
  return { content: [] };
});

server.tool("schema-regex", { file: z.string().regex(/^[a-z]+$/) }, async ({ file }) => {
  execSync(`cat ${file}`);
  return { content: [] };
});

server.tool("schema-open-regex", { file: z.string().regex(/[a-z]+/) }, async ({ file }) => {
  execSync(`cat ${file}`); // flow: shell file (unanchored-regex)
  return { content: [] };
});

server.tool("regex", { name: z.string() }, async ({ name }) => {
  if (!/^[\w-]+$/.test(name)) throw new Error("bad");
  execSync(`docker logs ${name}`);
  spawn("docker", ["logs", name]); // flow: argv name (over-wide-regex)
  return { content: [] };
});

server.tool("regex-match", { name: z.string() }, async ({ name }) => {
  if (!name.match(/^[a-z]\w*$/i)) throw new Error("bad");
  execSync(`docker logs ${name}`);
  spawn("docker", ["logs", name]);
  return { content: [] };
});

server.tool("regex-unanchored", { name: z.string() }, async ({ name }) => {
  if (!/[a-z]+/.test(name)) throw new Error("bad");
  execSync(`docker logs ${name}`); // flow: shell name (unanchored-regex)
  return { content: [] };
});

server.tool("deny", { name: z.string() }, async ({ name }) => {
  if (/[;&|]/.test(name)) throw new Error("bad");
  execSync(`docker logs ${name}`); // flow: shell name (deny-list)
  return { content: [] };
});

server.tool("dash", { name: z.string() }, async ({ name }) => {
  if (name.startsWith("-")) throw new Error("bad");
  spawn("git", ["checkout", name]);
  return { content: [] };
});

server.tool("cleaned", { name: z.string() }, async ({ name }) => {
  const safe = name.replace(/[^a-zA-Z0-9_]/g, "");
  execSync(`docker logs ${safe}`);
  return { content: [] };
});

server.tool("sql", { name: z.string() }, async ({ name }) => {
  db.prepare("SELECT * FROM t WHERE name = ?").all(name);
  db.prepare(`SELECT * FROM t WHERE name = '${name}'`).all(); // flow: query name
  return { content: [] };
});

server.tool("fetch", { url: z.string() }, async ({ url }) => {
  await fetch(url); // flow: request url
  return { content: [] };
});

server.tool("fetch-path", { id: z.string() }, async ({ id }) => {
  await fetch(`https://api.example.com/items/${id}`);
  await fetch(`${process.env.API_BASE}/items/${id}`);
  return { content: [] };
});

server.tool("fetch-host", { host: z.string() }, async ({ host }) => {
  await fetch(`https://${host}/status`); // flow: request host
  return { content: [] };
});

server.tool("fetch-allowed", { url: z.string().url() }, async ({ url }) => {
  const u = new URL(url);
  if (u.protocol !== "https:" || !HOSTS.has(u.hostname)) throw new Error("host");
  await fetch(u);
  await fetch(url);
  return { content: [] };
});

server.tool("fetch-scheme", { url: z.string().url() }, async ({ url }) => {
  const u = new URL(url);
  if (u.protocol !== "https:") throw new Error("scheme");
  await fetch(u); // flow: request url
  return { content: [] };
});

function isPrivate(address: string): boolean {
  return address.startsWith("10.") || address.startsWith("127.") || address.startsWith("192.168.");
}

server.tool("fetch-public", { url: z.string() }, async ({ url }) => {
  const { hostname } = new URL(url);
  const { address } = await dns.lookup(hostname);
  if (isPrivate(address)) throw new Error("private");
  await fetch(url);
  return { content: [] };
});

server.tool("fetch-literal", { url: z.string() }, async ({ url }) => {
  const { hostname } = new URL(url);
  if (hostname.startsWith("10.") || hostname === "localhost") throw new Error("private");
  await fetch(url); // flow: request url (literal-address)
  return { content: [] };
});

server.tool("ternary", { name: z.string() }, async ({ name }) => {
  const safe = ALLOWED.includes(name) ? name : "a.txt";
  execSync(`cat ${safe}`);
  return { content: [] };
});

server.tool("one-branch", { name: z.string(), strict: z.boolean() }, async ({ name, strict }) => {
  if (strict) {
    validate(name);
  }
  await fs.readFile(name); // flow: path-read name (one-branch)
  return { content: [] };
});

server.tool("switched", { kind: z.string() }, async ({ kind }) => {
  switch (kind) {
    case "a":
    case "b":
      execSync(`make ${kind}`);
      break;
    default:
      execSync(`make ${kind}`); // flow: shell kind
  }
  return { content: [] };
});
