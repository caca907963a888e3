// A low-level server of @modelcontextprotocol/sdk 1.x: a switch, ifs, a map of
// handlers and a forward.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { zodToJsonSchema } from "zod-to-json-schema";

const EchoSchema = z.object({ message: z.string().max(10).describe("Text") });

enum ToolName {
  ADD = "add",
}

//: server typescript-sdk-1 "low" server
const server = new Server({ name: "low", version: "1" }, { capabilities: { tools: {} } });

const PING_TOOL = {
  name: "ping", //: tool ping(host:string{format=hostname} unchecked "Host") -> λ+38[await run(args.host as s] "Ping" -openWorld
  description: "Ping",
  inputSchema: { type: "object", properties: { host: { type: "string", format: "hostname", description: "Host" } } },
  annotations: { openWorldHint: false },
} as const;

server.setRequestHandler(ListToolsRequestSchema, async () => {
  const tools = [
    PING_TOOL,
    { name: "echo", description: "Echo", inputSchema: zodToJsonSchema(EchoSchema) }, //: tool echo(message:string{len<=10} unchecked "Text") -> λ+29["echo":] "Echo"
    { name: ToolName.ADD, description: "Add", inputSchema: { type: "object", properties: { a: { type: "number" } } } }, //: tool add(a:number unchecked) -> λ+28[ToolName.ADD: {] "Add"
    { name: "mapped", inputSchema: {} }, //: tool mapped() -> mapped
  ];
  return { tools };
});

const handlers: Record<string, (args: any) => Promise<any>> = {
  mapped: mapped,
};

async function mapped(args: any) { //: input args *=mapped
  return args;
}

async function forwarded(
  toolName: string, //: input toolName _
  args: any, //: input args *
) {
  if (toolName === "late") { //: tool late() -> forwarded[return args.value;]
    return args.value;
  }
}

async function run(host: string) {
  return host;
}

//: input request params.requestState params.inputResponses params.arguments* params.name
server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const { name, arguments: args } = request.params;
  if (!args) throw new Error("none");
  switch (name) {
    case "echo":
      return EchoSchema.parse(args).message;
    case ToolName.ADD: {
      return args.a;
    }
    case "unlisted": //: tool unlisted() -> λ-9["unlisted": //: tool unl]
      return args.b;
  }
  if (name === PING_TOOL.name) {
    await run(args.host as string);
  }
  const handler = handlers[name];
  if (handler) return handler(args);
  return forwarded(request.params.name, args);
});

server.setRequestHandler(ListPromptsRequestSchema, async () => ({
  prompts: [{ name: "ask", description: "Ask", arguments: [{ name: "topic", description: "What", required: true }] }], //: prompt ask(topic:string "What") -> λ+4[return request.params.ar] "Ask"
}));

//: input request params.arguments* params.name
server.setRequestHandler(GetPromptRequestSchema, async (request) => {
  if (request.params.name === "ask") {
    return request.params.arguments;
  }
});

//: resource resources/read(uri:string{format=uri}) -> λ+0
server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => uri); //: input {} params.uri=resources/read
//: completion completion/complete(value:string) -> λ+0
server.setRequestHandler(CompleteRequestSchema, async (request) => request.params); //: input request params.argument.value=completion/complete

const transport = new SSEServerTransport("/messages", res); //: transport sse  {}
