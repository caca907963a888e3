// A route of mcp-handler, and a part that is handed its server.
import { createMcpHandler } from "mcp-handler";
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const handler = createMcpHandler( //: transport streamable-http  {}
  (server) => {
    //: tool roll(sides:integer{>=2}) -> λ+0 "Roll"
    //: input {} *=roll
    server.tool("roll", "Roll", { sides: z.number().int().min(2) }, async ({ sides }) => sides);
  },
  {},
);

export function register(server: McpServer) {
  //: tool part(a:string) -> λ+0
  //: input {} *=part
  server.tool("part", { a: z.string() }, async ({ a }) => a);
}

export { handler as GET };
