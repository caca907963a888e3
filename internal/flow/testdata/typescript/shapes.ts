// How a value travels to a sink.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { exec, execFile, spawn, execSync } from "node:child_process";
import { promisify } from "node:util";
import * as cp from "child_process";
import fs from "fs";
import { z } from "zod";

const server = new McpServer({ name: "shapes", version: "1.0.0" });
const run = promisify(exec);
const runFile = promisify(execFile);

server.registerTool("direct", { inputSchema: { command: z.string() } }, async ({ command }) => {
  exec(command); // flow: shell command
  return { content: [] };
});

server.tool("template", { name: z.string() }, async ({ name }) => {
  const { stdout } = await run(`ls -l ${name}`); // flow: shell name
  return { content: [{ type: "text", text: stdout }] };
});

server.tool("args", { name: z.string(), other: z.string() }, async (args) => {
  await run("ls " + args.name); // flow: shell name
  await runFile("ls", [args.other]); // flow: operand other
  return { content: [] };
});

server.tool("number", { count: z.number() }, async ({ count }) => {
  execSync(`head -n ${count} log`);
  return { content: [] };
});

server.tool("length", { text: z.string() }, async ({ text }) => {
  execSync(`head -n ${text.length} log`);
  return { content: [] };
});

server.tool("vector", { name: z.string() }, async ({ name }) => {
  spawn("git", ["log", name]); // flow: argv name
  spawn("git", ["log", "--", name]);
  spawn("git", ["log", `--author=${name}`]);
  spawn("git", ["log", name], { shell: true }); // flow: shell name
  spawn("sh", ["-c", name]); // flow: shell name
  spawn(name, []); // flow: program name
  return { content: [] };
});

function helper(text: string): string {
  return cp.execSync(text).toString(); // flow: shell command
}

server.tool("by-helper", { command: z.string() }, async ({ command }) => {
  return { content: [{ type: "text", text: helper(`cd / && ${command}`) }] };
});

const arrow = (text: string) => {
  exec(text); // flow: shell command
};

server.tool("by-arrow", { command: z.string() }, async ({ command }) => {
  arrow(command);
  return { content: [] };
});

server.tool("spread", { name: z.string() }, async (args) => {
  const options = { cwd: "/", ...args };
  exec(options.name); // flow: shell name
  exec(options.cwd);
  return { content: [] };
});

server.tool("joined", { names: z.array(z.string()) }, async ({ names }) => {
  exec(["ls", ...names].join(" ")); // flow: shell names
  exec(names.map((n) => `x-${n}`).join(" ")); // flow: shell names
  return { content: [] };
});

server.tool("callbacks", { names: z.array(z.string()) }, async ({ names }) => {
  names.forEach((n) => {
    exec("rm " + n); // flow: shell names
  });
  for (const n of names) {
    fs.unlinkSync(n); // flow: path-delete names
  }
  return { content: [] };
});

server.tool("pushed", { name: z.string(), flag: z.boolean().optional() }, async ({ name, flag }) => {
  const list = ["log"];
  if (flag) list.push("--all");
  list.push(name);
  spawn("git", list); // flow: argv name
  return { content: [] };
});

server.tool("defaulted", { name: z.string().optional() }, async ({ name = "x" }) => {
  exec("make " + (name ?? "all")); // flow: shell name
  return { content: [] };
});

server.tool("table", { kind: z.string() }, async ({ kind }) => {
  const commands: Record<string, string> = { a: "ls", b: "df" };
  exec(commands[kind]);
  return { content: [] };
});

server.tool("then", { command: z.string() }, async ({ command }) => {
  Promise.resolve(command).then((c) => exec(c)); // flow: shell command
  return { content: [] };
});

class Runner {
  private last = "";
  constructor(private readonly root: string) {}
  run(text: string) {
    this.last = text;
    return execSync(text); // flow: shell command
  }
  go = (text: string) => {
    exec(text);
  };
}

const runner = new Runner("/srv");

server.tool("method", { command: z.string() }, async ({ command }) => {
  runner.run(command);
  return { content: [] };
});

server.tool("promise", { command: z.string() }, async ({ command }) => {
  const out = await new Promise((resolve, reject) => {
    exec(command, (err, stdout) => (err ? reject(err) : resolve(stdout))); // flow: shell command
  });
  return { content: [{ type: "text", text: String(out) }] };
});

function makeRunner(prefix: string) {
  return (text: string) => exec(prefix + text); // flow: shell command
}

const prefixed = makeRunner("cd / && ");

server.tool("factory", { command: z.string() }, async ({ command }) => {
  prefixed(command);
  return { content: [] };
});
