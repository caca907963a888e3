// Tools of mcp-framework.
import { MCPServer, MCPTool, MCPPrompt, type MCPInput } from "mcp-framework";
import { z } from "zod";

const schema = z.object({ city: z.string().describe("Which city") });

class WeatherTool extends MCPTool<typeof schema> {
  name = "weather"; //: tool weather(city:string "Which city") -> execute "Get the weather"
  description = "Get the weather";
  schema = schema;

  async execute(input: MCPInput<this>) { //: input input *=weather
    return input.city;
  }
}

export default class OldTool extends MCPTool<{ path: string }> {
  name = "old"; //: tool old(path:string "A path") -> execute "Old"
  description = "Old";
  schema = { path: { type: z.string(), description: "A path" } };
  async execute({ path }: { path: string }) { //: input {} *=old
    return path;
  }
}

class Unrelated extends WeatherTool {}

//: server typescript-mcp-framework "fw" server
const server = new MCPServer({ name: "fw", transport: { type: "http-stream", options: { port: 8080, cors: true } } }); //: transport streamable-http  {cors=true port=8080}
server.start();
