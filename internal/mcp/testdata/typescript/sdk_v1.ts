// A server of @modelcontextprotocol/sdk 1.x, each way to register once.
import express from "express";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";
import { remoteHandler } from "./remote.js";
import { Other } from "other-library";

//: server typescript-sdk-1 "demo" server
const server = new McpServer({ name: "demo", version: "1.0.0" });
const other = new Other();
const PREFIX = "Read";

const PathSchema = z.string().regex(/^[a-z]+$/i).max(40).describe("A relative path");

enum Level {
  Low = "low",
  High = "high",
}

server.registerTool(
  "read_file", //: tool read_file(path:string{/(?i)^[a-z]+$/ len<=40} "A relative path", limit:integer{>=1 <=100}, mode:string{r|w}, level:string{low|high}, url:string{format=uri}, tags:array{of:string}, fixed:string{only}) -> λ+15 "Read a file" +readOnly -openWorld title="Reader"
  {
    title: "Reader",
    description: `${PREFIX} a file`,
    inputSchema: {
      path: PathSchema,
      limit: z.number().int().min(1).max(100).optional(),
      mode: z.enum(["r", "w"]).default("r"),
      level: z.nativeEnum(Level),
      url: z.string().url(), tags: z.array(z.string()), fixed: z.literal("only"),
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  //: input {} *=read_file
  //: input extra requestInfo.headers=read_file
  async ({ path, limit }, extra) => ({ content: [{ type: "text", text: path }] }),
);

//: tool ping() -> λ+0
server.tool("ping", async (extra) => ({ content: [] })); //: input extra requestInfo.headers=ping
//: tool about() -> λ+0 "About"
server.tool("about", "About", async () => ({ content: [] }));
//: tool echo(text:string) -> λ+0
//: input args *=echo
server.tool("echo", { text: z.string() }, async (args) => ({ content: [] }));
//: tool hinted() -> λ+0 "Hinted" +idempotent
server.tool("hinted", "Hinted", { idempotentHint: true }, async () => ({ content: [] }));
//: tool full(a:number "A") -> λ+0 "Full" +destructive
//: input {} *=full
server.tool("full", "Full", { a: z.number().describe("A") }, { destructiveHint: true }, async ({ a }) => ({ content: [] }));

function withErrorHandling(fn: (args: any) => Promise<any>) {
  return async (args: any) => {
    try {
      return await fn(args);
    } catch (e) {
      return null;
    }
  };
}

async function named(args: { cmd: string }) { //: input args *=named
  return args.cmd;
}

const shape = { cmd: z.string(), ...{ cwd: z.string() } };

server.registerTool("named", { description: "By name", inputSchema: shape }, named); //: tool named(cmd:string, cwd:string) -> named "By name"
//: input {} *=wrapped
server.registerTool("wrapped", { description: "Wrapped", inputSchema: z.object(shape).strict() }, withErrorHandling(async ({ cmd }) => cmd)); //: tool wrapped(cmd:string, cwd:string) -> λ+0 "Wrapped"
server.registerTool("remote", { description: "Elsewhere", inputSchema: {} }, remoteHandler); //: tool remote() -> ?remoteHandler "Elsewhere"

class Tools {
  //: input args *=method
  run = async (args: any) => args;
  go(args: any) { //: input args *=bound
    return args;
  }
  register(s: McpServer) {
    s.tool("method", { a: z.string() }, this.run); //: tool method(a:string) -> λ-5
    s.tool("bound", { b: z.string() }, this.go.bind(this)); //: tool bound(b:string) -> go
  }
}

const tools = [
  {
    name: "first", //: tool first(x:string) -> λ+3 "First"
    description: "First",
    schema: { x: z.string() },
    handler: async (args: any) => args, //: input args *=first
  },
  {
    name: "second", //: tool second(y:boolean) -> λ+3 "Second"
    description: "Second",
    schema: { y: z.boolean() },
    handler: async (args: any) => args, //: input args *=second
  },
];
for (const t of tools) {
  server.tool(t.name, t.description, t.schema, t.handler);
}

//: tool third() -> λ+3 "Third"
const more = { third: { about: "Third", run: async () => ({}) } };
Object.entries(more).forEach(([name, tool]) => {
  //: input _args *=third
  server.registerTool(name, { description: tool.about, inputSchema: {} }, async (_args) => tool.run());
});

server.resource("config", "config://app", async (uri) => ({ contents: [] })); //: resource config <config://app>() -> λ+0
//: input uri =user
//: input {} *=user
server.registerResource("user", new ResourceTemplate("users://{id}/x", { list: undefined }), { title: "User" }, async (uri, { id }) => ({ contents: [] })); //: resource user <users://{id}/x>(id:string) -> λ+0 title="User"
//: input {} *=review
server.registerPrompt("review", { argsSchema: { code: z.string() } }, ({ code }) => ({ messages: [] })); //: prompt review(code:string) -> λ+0

import { instrumented, IMPORTED_NAME } from "./other.js";
import { completable } from "@modelcontextprotocol/sdk/server/completable.js";

const traced = instrumented ? instrumented.create() : new McpServer({ name: "traced", version: "1" }); //: server typescript-sdk-1 "traced"
//: tool IMPORTED_NAME(q:string) -> λ+0
//: input {} *=IMPORTED_NAME
traced.registerTool(IMPORTED_NAME, { inputSchema: { q: z.string() } }, async ({ q }) => q);
//: prompt team(department:string{len<=9}) -> λ+0
//: input {} *=team
//: completion department(department:string) -> λ+0
//: input value =department
traced.registerPrompt("team", { argsSchema: { department: completable(z.string().max(9), (value) => [value]) } }, ({ department }) => ({ messages: [] }));

let late: McpServer;
if (instrumented) late = new McpServer({ name: "a", version: "1" }); //: server typescript-sdk-1 "a" late
else late = new McpServer({ name: "b", version: "1" }); //: server typescript-sdk-1 "b" late
//: tool late() -> λ+0
late.tool("late", async () => ({ content: [] }));

// Not a server.
other.tool("decoy", "Decoy", { a: z.string() }, async ({ a }) => a);
other.registerTool("decoy2", { description: "Decoy", inputSchema: { a: z.string() } }, async ({ a }) => a);

const app = express();
//: route POST /mcp -> λ+0
//: input req query body params headers cookies url originalUrl path hostname rawBody files file
app.post("/mcp", async (req, res) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableDnsRebindingProtection: true, allowedHosts: ["a"] }); //: transport streamable-http 0.0.0.0 {allowedHosts=… enableDnsRebindingProtection=true}
  await server.connect(transport);
});
app.listen(3000, "0.0.0.0");

async function main() {
  await server.connect(new StdioServerTransport()); //: transport stdio  {}
}
