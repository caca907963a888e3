// A part of a server in plain JavaScript, whose object another file makes.
const { z } = require("zod");

module.exports = function register(server) {
  //: tool js(a:string) -> λ+0 "In JavaScript"
  //: input {} *=js
  server.registerTool("js", { description: "In JavaScript", inputSchema: { a: z.string() } }, async ({ a }) => a);
};
