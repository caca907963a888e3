// No MCP server: other libraries have the same words. A route is one anywhere.
const express = require("express");
const { McpServer, Server } = require("toolkit");

const app = express();
const server = new McpServer({ name: "not this one" });
const low = new Server();

server.tool("x", { a: 1 }, (a) => a);
server.registerTool("x", { description: "y" }, (a) => a);
low.setRequestHandler("tools/call", async (request) => request.params);
//: route GET /x -> λ+0
//: input req query body params headers cookies url originalUrl path hostname rawBody files file
app.get("/x", (req, res) => res.send(req.query.q));
app.tool("decoy", "d", {}, () => {});
