// A server of npm's fastmcp.
import { FastMCP } from "fastmcp";
import { z } from "zod";

//: server typescript-fastmcp "fast" server
const server = new FastMCP({ name: "fast", version: "1.0.0" });

server.addTool({
  name: "add", //: tool add(a:number, b:number) -> λ+4 "Add" +readOnly
  description: "Add",
  parameters: z.object({ a: z.number(), b: z.number() }),
  annotations: { readOnlyHint: true },
  execute: async (args) => String(args.a), //: input args *=add
});

const sub = {
  name: "sub", //: tool sub(a:string{x|y}) -> execute
  parameters: z.object({ a: z.union([z.literal("x"), z.literal("y")]) }),
  async execute({ a }: { a: string }, { log }: any) { //: input {} *=sub
    return a;
  },
};
server.addTool(sub);

server.addResourceTemplate({
  uriTemplate: "file:///logs/{name}.log",
  name: "logs", //: resource logs <file:///logs/{name}.log>(name:string "Of the log") -> load
  arguments: [{ name: "name", description: "Of the log", required: true }],
  async load({ name }) { //: input {} *=logs
    return { text: name };
  },
});

server.addPrompt({
  name: "commit", //: prompt commit(changes:string) -> λ+2 "Write one"
  description: "Write one", arguments: [{ name: "changes" }],
  load: async (args) => args.changes, //: input args *=commit
});

server.start({ transportType: "httpStream", httpStream: { port: 8080, host: "0.0.0.0" } }); //: transport streamable-http 0.0.0.0 {host=0.0.0.0 port=8080 transportType=httpStream}
