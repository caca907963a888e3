// Low-level servers: one handler for all tools.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { exec, execFile } from "child_process";
import { promises as fs } from "fs";
import { z } from "zod";

const server = new Server({ name: "dispatch", version: "1.0.0" }, { capabilities: { tools: {} } });
const ReadArgs = z.object({ path: z.string(), mode: z.enum(["r", "w"]) });

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const { name, arguments: args } = request.params;
  switch (name) {
    case "run": {
      exec(String(args?.command)); // flow: shell command
      return { content: [] };
    }
    case "read": {
      const parsed = ReadArgs.parse(args);
      const text = await fs.readFile(parsed.path, "utf8"); // flow: path-read path
      return { content: [{ type: "text", text }] };
    }
    case "safe-read": {
      const parsed = ReadArgs.safeParse(args);
      if (!parsed.success) throw new Error("bad");
      await fs.unlink(parsed.data.path); // flow: path-delete path
      return { content: [] };
    }
    case "log":
      return log(args as { ref: string });
    case "fixed":
      exec("ls");
      return { content: [] };
  }
  throw new Error("unknown tool");
});

async function log(args: { ref: string }) {
  execFile("git", ["log", args.ref]); // flow: argv ref
  return { content: [] };
}
