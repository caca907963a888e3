// Secrets on their way out, and what looks like one.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";

const server = new McpServer({ name: "secrets", version: "1.0.0" });
const token = process.env.DEPLOY_TOKEN;
const region = process.env.DEPLOY_REGION ?? "eu";

server.registerTool("show", { description: "Show the set-up." }, async () => {
  console.error(`region ${region}`);
  console.error(`token ${token}`); // flow: log secret
  console.error(`a token is ${token ? "set" : "missing"}`);
  return { content: [{ type: "text", text: JSON.stringify({ ...process.env }) }] }; // flow: result environment
});
