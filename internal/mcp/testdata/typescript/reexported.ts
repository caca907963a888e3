// The SDK's class comes through a module of the project.
import { McpServer, z } from './vendor.js'

const server = new McpServer({ name: 'a', version: '1' })
//: tool go(to:string) -> λ+0 "Goes."
//: input {} *=go
server.registerTool('go', { description: 'Goes.', inputSchema: { to: z.string() } }, async ({ to }) => ({ content: [{ type: 'text', text: to }] }))
