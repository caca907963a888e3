package threat

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/prompts"
)

// Each lesson that a question sends its reader to is there.
func TestQuestionsNameChecksThatExist(t *testing.T) {
	catalogue, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	ids, classes := map[string]bool{}, map[string]bool{}
	for _, c := range catalogue.All() {
		ids[c.ID], classes[c.Class] = true, true
	}
	for _, q := range prompts.Questions() {
		for _, id := range q.Checks {
			if !ids[id] {
				t.Errorf("%s names the check %s, which does not exist", q.ID, id)
			}
		}
		for _, member := range slices.Concat(q.When, q.Unless) {
			for term := range strings.SplitSeq(member, "+") {
				if id, ok := strings.CutPrefix(term, "check:"); ok && !ids[id] {
					t.Errorf("%s asks for a finding of %s, which does not exist", q.ID, id)
				}
				if name, ok := strings.CutPrefix(term, "class:"); ok && !classes[name] {
					t.Errorf("%s asks for a finding of the class %s, which does not exist", q.ID, name)
				}
			}
		}
	}
	if !slices.Equal(prompts.Factors, aivss.FactorNames()) {
		t.Errorf("answers may state %v, the factors are %v", prompts.Factors, aivss.FactorNames())
	}
}

// tree writes files and gives the models of the servers among them.
func tree(t *testing.T, files map[string]string) []*Model {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	models, _ := scan(t, root)
	return models
}

// everything gives servers that together do all that questions are chosen by.
func everything(t *testing.T) []*Model {
	t.Helper()
	many := "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('many')\n"
	for _, c := range "abcdefghijkl" {
		many += "\n@mcp.tool()\ndef tool_" + string(c) + "(x: str) -> str:\n    return x\n"
	}
	return tree(t, map[string]string{
		"many/pyproject.toml": "[project]\nname = 'many'\n",
		"many/server.py":      many + "\n@mcp.completion()\nasync def complete(ref, argument, context):\n    return None\n\nmcp.run()\n",
		"all/pyproject.toml":  "[project]\nname = 'all'\n",
		"all/server.py": `import os, pickle, shutil, smtplib, sqlite3, subprocess, webbrowser
import boto3, chromadb, httpx, openai
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.server.fastmcp import Context, FastMCP
mcp = FastMCP('all', host='0.0.0.0')
KEY = os.environ['API_TOKEN']
memory = chromadb.Client().get_or_create_collection('memory')

@mcp.tool()
def power(line: str, code: str) -> str:
    subprocess.run(line, shell=True)
    return str(eval(code))

@mcp.tool()
def files(name: str, text: str) -> str:
    os.remove(name)
    open(name, 'w').write(text)
    return open(name).read()

@mcp.tool()
def services(name: str, to: str) -> str:
    boto3.client('ec2').terminate_instances(InstanceIds=[name])
    smtplib.SMTP('mail').sendmail('a@example.org', to, name)
    sqlite3.connect('x.db').execute('delete from x where y = ' + name)
    webbrowser.open(name)
    memory.add(documents=[name], ids=['1'])
    return httpx.post(name).text

@mcp.tool()
async def others(url: str, ctx: Context) -> str:
    async with streamablehttp_client(url) as (r, w, _):
        async with ClientSession(r, w) as session:
            await session.initialize()
    await ctx.elicit('Go on?', schema=dict)
    await ctx.session.send_tool_list_changed()
    client = openai.OpenAI()
    return client.chat.completions.create(model='m', messages=[{'role': 'system', 'content': url}]).choices[0].message.content

@mcp.tool()
async def sampled(ctx: Context) -> str:
    return await ctx.session.create_message(messages=[], max_tokens=9)

@mcp.resource('notes://{name}')
def notes(name: str) -> str:
    return name

@mcp.prompt()
def ask(topic: str) -> str:
    return topic

# "/authorize" is served elsewhere
mcp.run(transport='streamable-http')
`,
		"checked/package.json": `{"name": "checked", "dependencies": {"@modelcontextprotocol/sdk": "1.20.0", "express": "5.0.0"}}`,
		"checked/server.ts": `import express from 'express';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
const server = new McpServer({ name: 'checked', version: '1' });
server.registerTool('now', {}, async () => ({ content: [] }));
const app = express();
app.use(requireBearerAuth({ verifier }));
app.post('/mcp', async (req, res) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  await server.connect(transport);
  await transport.handleRequest(req, res, req.body);
});
app.listen(3000, '127.0.0.1');
`,
	})
}

// Every term by which questions are chosen is found true of some server, and of one of
// its entries where it is said to be, and nothing else is found but findings.
func TestTermsAreWhatServersAreFoundToBe(t *testing.T) {
	models := everything(t)
	ofServer, ofEntry := map[string]bool{}, map[string]bool{}
	add := func(to, traits map[string]bool) {
		for name, holds := range traits {
			if holds && !strings.HasPrefix(name, "check:") && !strings.HasPrefix(name, "class:") {
				to[name] = true
			}
		}
	}
	for _, m := range models {
		add(ofServer, m.traits)
		for _, e := range m.Entries {
			add(ofEntry, e.traits)
		}
	}
	var server, entry []string
	for _, term := range prompts.Terms {
		server = append(server, term.Name)
		if term.Entries {
			entry = append(entry, term.Name)
		}
	}
	slices.Sort(server)
	slices.Sort(entry)
	if got := slices.Sorted(maps.Keys(ofServer)); !slices.Equal(got, server) {
		t.Errorf("of servers is found\n%v\nthe terms are\n%v", got, server)
	}
	if got := slices.Sorted(maps.Keys(ofEntry)); !slices.Equal(got, entry) {
		t.Errorf("of entries is found\n%v\nthe terms are\n%v", got, entry)
	}
}

// There is no question that nobody is ever asked.
func TestEachQuestionIsAskedOfSomeServer(t *testing.T) {
	asked := map[string]bool{}
	for _, m := range everything(t) {
		for _, a := range m.Asked {
			asked[a.Question.ID] = true
		}
	}
	for _, q := range prompts.Questions() {
		if !asked[q.ID] {
			t.Errorf("%s is asked of none of the servers, of which each term is true of one", q.ID)
		}
	}
}

// Who only reads, from a database or over the network, is not asked who confirms changes.
func TestChangesAreToldFromReading(t *testing.T) {
	m := only(t, tree(t, map[string]string{"server.py": `import sqlite3, httpx
from mcp.server.fastmcp import FastMCP
mcp = FastMCP('notes')

@mcp.tool()
def find(word: str) -> list:
    return sqlite3.connect('x.db').execute('SELECT * FROM notes WHERE word = ?', (word,)).fetchall()

@mcp.tool()
def add(word: str) -> str:
    sqlite3.connect('x.db').execute('INSERT INTO notes VALUES (?)', (word,))
    return word

@mcp.tool()
def fetch() -> str:
    return httpx.get('https://example.org').text

@mcp.tool()
def post(word: str) -> str:
    return httpx.post('https://example.org', data=word).text
`}))
	for name, want := range map[string]bool{"find": false, "add": true, "fetch": false, "post": true} {
		if got := m.Of("who-confirms", name, "") != nil; got != want {
			t.Errorf("%s is asked who confirms: %v, want %v", name, got, want)
		}
	}
}

// A server with files, a port and a secret is asked about each letter of STRIDE.
func TestSessionCoversSTRIDE(t *testing.T) {
	m := only(t, tree(t, map[string]string{"server.py": `import os
from mcp.server.fastmcp import FastMCP
mcp = FastMCP('notes', host='127.0.0.1')
KEY = os.environ['API_TOKEN']

@mcp.tool()
def read(name: str) -> str:
    return open(name).read()

mcp.run(transport='streamable-http')
`}))
	by := map[string][]string{}
	for _, a := range m.Asked {
		for _, s := range a.Question.STRIDE {
			by[s] = append(by[s], a.Question.ID)
		}
	}
	for _, s := range []string{"spoofing", "tampering", "repudiation", "information-disclosure", "denial-of-service", "elevation-of-privilege"} {
		if len(by[s]) == 0 {
			t.Errorf("nothing is asked about %s", s)
		}
	}
	stages := map[prompts.Stage]bool{}
	for _, a := range m.Asked {
		stages[a.Question.Stage] = true
	}
	if len(stages) != len(prompts.Stages) {
		t.Errorf("the questions are of the stages %v", stages)
	}
	if first := m.Asked[0].Question; first.ID != "assets-behind" {
		t.Errorf("the first question is %s", first.ID)
	}
}
