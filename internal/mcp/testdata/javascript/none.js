// No MCP server: other libraries have the same words.
const express = require("express");
const { McpServer, Server } = require("toolkit");

const app = express();
const server = new McpServer({ name: "not this one" });
const low = new Server();

server.tool("x", { a: 1 }, (a) => a);
server.registerTool("x", { description: "y" }, (a) => a);
low.setRequestHandler("tools/call", async (request) => request.params);
app.get("/x", (req, res) => res.send(req.query.q));
app.tool("decoy", "d", {}, () => {});
