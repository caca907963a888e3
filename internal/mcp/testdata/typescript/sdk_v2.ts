// A server of @modelcontextprotocol/server 2.x.
import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createMcpExpressApp } from "@modelcontextprotocol/express";
import * as z from "zod/v4";

function build() {
  //: server typescript-sdk-2 "two" server
  const server = new McpServer({ name: "two", version: "2.0.0" });
  //: tool get(id:string{format=uuid}, n:integer, site:string{format=uri}) -> λ+0 "Get"
  //: input {} *=get
  server.registerTool("get", { description: "Get", inputSchema: z.object({ id: z.uuid(), n: z.int(), site: z.url() }) }, async ({ id }, ctx) => id);
  //: tool json(path:string{/^x/}) -> λ+0
  //: input args *=json
  server.registerTool("json", { inputSchema: fromJsonSchema({ type: "object", properties: { path: { type: "string", pattern: "^x" } } }) }, async (args) => args);
  return server;
}

const built = build();
//: tool later(q:string) -> λ+0
//: input {} *=later
built.registerTool("later", { inputSchema: { q: z.string() } }, async ({ q }) => q);

const app = createMcpExpressApp({ host: "127.0.0.1" });
serveStdio(build); //: transport stdio  {}
const handler = createMcpHandler(build, { legacy: "reject" }); //: transport streamable-http 127.0.0.1 {legacy=reject}
