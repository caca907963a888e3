// Queries of libraries that no model names: the text shows the language.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { QueryClient } from "some-observability-sdk";
import { z } from "zod";
import { pool } from "./somewhere";
import { logger } from "./logging";

const server = new McpServer({ name: "events", version: "1.0.0" });
const client = new QueryClient();
const shape = { id: z.string(), name: z.string(), names: z.array(z.string()) };

async function run(body: { query: string }, budget?: number) {
  const client = new QueryClient();
  return client.queryExecute({ body, context: "tools" }); // flow: query id, query names
}

const escapeText = (value: string): string => value.replace(/\\/g, "\\\\").replace(/"/g, '\\"');

const AGE = /^[1-9]\d*[smhd]$/;
function checkAge(value: string): void {
  if (!AGE.test(value)) {
    throw new Error(`"${value}" is no age`);
  }
}

server.tool("events", shape, async ({ id }) => {
  let text = `fetch events, from: now()-24h`;
  text += ` | filter cluster == "${id}"`;
  text += " | sort timestamp desc";
  return run({ query: text });
});

server.tool("entities", shape, async ({ names }) => {
  const text = `fetch entities | search "*${names.join('*" OR "*')}*" | fieldsAdd tags`;
  return run({ query: text });
});

server.tool("entities-escaped", shape, async ({ names, id }) => {
  const safe = names.map(escapeText);
  const filters: string[] = [];
  if (id) filters.push(`cluster == "${escapeText(id)}"`);
  return run({ query: `fetch entities | search "*${safe.join('*" OR "*')}*" | filter ${filters.join(" or ")}` });
});

server.tool("recent", shape, async ({ id }) => {
  checkAge(id);
  return run({ query: `fetch events, from: now()-${id} | limit 10` });
});

server.tool("positional", shape, async ({ name }) => {
  return client.execute(`MATCH (n:Person {name: '${name}'}) RETURN n`); // flow: query name
});

server.tool("identifier", shape, async ({ name }) => {
  return pool.query(`SELECT * FROM ${name} LIMIT 10`); // flow: query name
});

server.tool("bound", shape, async ({ name }) => {
  return pool.query("SELECT * FROM notes WHERE name = $1 LIMIT 10", [name]);
});

server.tool("posted", shape, async ({ id }) => {
  const query = `query { user(id: "${id}") { name } }`;
  const answer = await fetch("https://api.example.com/graphql", { method: "POST", body: JSON.stringify({ query }) }); // flow: query id
  return answer.json();
});

server.tool("posted-variables", shape, async ({ id }) => {
  const query = `query ($id: ID!) { user(id: $id) { name } }`;
  const answer = await fetch("https://api.example.com/graphql", { method: "POST", body: JSON.stringify({ query, variables: { id } }) });
  return answer.json();
});

server.tool("directory", shape, async ({ name }) => {
  return client.search("dc=example", { filter: `(&(objectClass=user)(cn=${name}))`, scope: "sub" }); // flow: query name
});

server.tool("metrics", shape, async ({ name }) => {
  return client.instantQuery({ expr: `sum(rate(http_requests_total{job="${name}"}[5m]))` }); // flow: search name
});

server.tool("quoted", shape, async ({ name }) => {
  return client.execute(`MATCH (n:Person {name: ${JSON.stringify(name)}}) RETURN n`);
});

server.tool("logged", shape, async ({ name }) => {
  logger.info(`SELECT * FROM ${name} was asked for`);
  client.annotate({ title: `Deleted from ${name}`, text: `Select one from ${name}` });
  throw new Error(`SELECT * FROM ${name} failed`);
});

server.tool("prose", shape, async ({ name }) => {
  return client.run(`Select a value from ${name} and update it`);
});

server.tool("described", shape, async ({ name }) => {
  return { content: [{ type: "text", text: `SELECT * FROM ${name}` }] };
});

server.tool("tagged", shape, async ({ name }) => {
  return pool.query(SQL`SELECT * FROM notes WHERE name = ${name}`);
});

server.tool("tagged-plainly", shape, async ({ name }) => {
  return pool.query(dedent`SELECT * FROM notes WHERE name = '${name}'`); // flow: query name
});

server.tool("condition", shape, async ({ name }) => {
  return pool.getRepository("notes").createQueryBuilder("n").where(`n.name = '${name}'`).getMany(); // flow: query name
});

server.tool("condition-bound", shape, async ({ name }) => {
  return pool.getRepository("notes").createQueryBuilder("n").where("n.name = :name", { name }).getMany();
});

server.tool("script", shape, async ({ name }) => {
  return pool.collection("notes").find({ $where: `this.name == '${name}'` }).toArray(); // flow: query name
});

server.tool("whole", { sql: z.string() }, async ({ sql }) => {
  return pool.query(sql);
});
