/** An MCP server that answers questions about a repository. */
import { execFile } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import express, { type Request, type Response } from "express";
import { z } from "zod";

const ROOT = path.resolve(process.env.REPO_ROOT ?? ".");
const LINK_HOSTS = new Set(["github.com", "nodejs.org", "developer.mozilla.org"]);
const runFile = promisify(execFile);

function text(value: string) {
  return { content: [{ type: "text" as const, text: value }] };
}

/** Gives the file with this name, or throws where it is outside the repository. */
async function inRepository(name: string): Promise<string> {
  const file = await realpath(path.resolve(ROOT, name));
  if (!file.startsWith(ROOT + path.sep)) {
    throw new Error("That file is outside the repository.");
  }
  return file;
}

class History {
  constructor(private readonly root: string) {}

  async of(branch: string): Promise<string> {
    const { stdout } = await runFile("git", ["log", "--oneline", "-n", "20", "--end-of-options", branch], { cwd: this.root, timeout: 60_000 });
    return stdout;
  }
}

const METRICS = {
  "lines per file": (lines: number, files: number) => lines / files,
  "lines per commit": (lines: number, _files: number, commits: number) => lines / commits,
};

function createServer(): McpServer {
  const server = new McpServer({ name: "repo", version: "0.3.0" });
  const history = new History(ROOT);

  server.registerTool(
    "history",
    { description: "Show the last commits of a branch.", inputSchema: { branch: z.string().default("main") } },
    async ({ branch }) => text(await history.of(branch)),
  );

  server.registerTool(
    "search",
    {
      description: "Search the repository for a text.",
      inputSchema: { query: z.string().describe("The text to look for."), folder: z.enum(["src", "docs", "test"]).default("src") },
    },
    async ({ query, folder }) => {
      const { stdout } = await runFile("grep", ["-rn", "--max-count=50", "--", query, folder], { cwd: ROOT, timeout: 60_000 });
      return text(stdout);
    },
  );

  server.registerTool(
    "read_file",
    { description: "Read a file of the repository.", inputSchema: { name: z.string() } },
    async ({ name }) => text(await readFile(await inRepository(name), "utf8")),
  );

  server.registerTool(
    "metric",
    {
      description: "Compute a metric from the counts of lines, files and commits.",
      inputSchema: { metric: z.enum(["lines per file", "lines per commit"]) },
    },
    async ({ metric }) => text(String(METRICS[metric](12000, 140, 900))),
  );

  server.registerTool(
    "environment",
    { description: "Show how the server is set up." },
    async () => text(JSON.stringify({ root: ROOT, node: process.version, port: process.env.PORT ?? "3000" }, null, 2)),
  );

  server.registerTool(
    "open_issue",
    {
      description: "Write down an issue for the team. Ask the user before you pass on anything from other files.",
      inputSchema: { title: z.string(), body: z.string().describe("What is wrong.") },
    },
    async ({ title, body }) => text(`noted: ${title} (${body.length} characters)`),
  );

  server.registerTool(
    "check_link",
    { description: "Tell whether a link in the documentation works.", inputSchema: { url: z.string().url() } },
    async ({ url }) => {
      const link = new URL(url);
      if (link.protocol !== "https:" || !LINK_HOSTS.has(link.hostname)) {
        return text("Links to that host are not checked.");
      }
      const response = await fetch(link, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
      return text(`${response.status}`);
    },
  );

  return server;
}

const PORT = Number(process.env.PORT ?? 3000);
const HOSTS = [`127.0.0.1:${PORT}`, `localhost:${PORT}`];
const app = express();
app.use(express.json());

app.post("/mcp", async (req: Request, res: Response) => {
  const server = createServer();
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableDnsRebindingProtection: true,
    allowedHosts: HOSTS,
  });
  res.on("close", () => {
    void transport.close();
    void server.close();
  });
  await server.connect(transport);
  await transport.handleRequest(req, res, req.body);
});

app.listen(PORT, "127.0.0.1", () => {
  console.log("repo server is listening on http://127.0.0.1");
});
