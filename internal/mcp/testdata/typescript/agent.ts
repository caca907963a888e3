// Cloudflare's McpAgent.
import { McpAgent } from "agents/mcp";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

export class MyMCP extends McpAgent<Env, unknown, { login: string }> {
  server = new McpServer({ name: "agent", version: "1.0.0" }); //: server typescript-sdk-1 "agent"

  async init() {
    //: tool sum(a:number) -> λ+0
    //: input {} *=sum
    this.server.tool("sum", { a: z.number() }, async ({ a }) => a);
    if (this.props.login) {
      //: tool secret(b:string) -> λ+0 "Secret"
      //: input {} *=secret
      this.server.registerTool("secret", { description: "Secret", inputSchema: { b: z.string() } }, async ({ b }) => b);
    }
  }
}

export default MyMCP.serve("/mcp"); //: transport streamable-http  {}
