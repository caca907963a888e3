// CommonJS imports of the SDK.
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const stdio = require("@modelcontextprotocol/sdk/server/stdio.js");
const { z } = require("zod");

//: server typescript-sdk-1 "cjs" server
const server = new McpServer({ name: "cjs", version: "1" });
//: tool run(cmd:string) -> λ+0
//: input {} *=run
server.tool("run", { cmd: z.string() }, async function ({ cmd }) { return cmd; });
server.connect(new stdio.StdioServerTransport()); //: transport stdio  {}
