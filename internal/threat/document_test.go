package threat

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	unsafe "github.com/yuin/goldmark/renderer/html"
)

// sections gives a document by its headings of the second level.
func sections(text string) map[string]string {
	all := map[string]string{}
	for _, part := range strings.Split(text, "\n## ")[1:] {
		title, body, _ := strings.Cut(part, "\n")
		all[title] = body
	}
	return all
}

func wants(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}

// The document says what there is to protect, from whom, where they come in, what was
// found, what is in place, what is open, and what remains.
func TestDocument(t *testing.T) {
	root := demo(t, "python-notes")
	if err := os.MkdirAll(filepath.Join(root, ".mcpaudit"), 0o777); err != nil {
		t.Fatal(err)
	}
	book := "answers:\n- {question: file-roots, tool: read_note, answer: anything, by: Ada, at: 2026-11-23, note: legacy}\n" +
		"- {question: fetch-addresses, tool: sync, answer: fixed-hosts, by: Ada, at: 2026-11-23}\n" +
		"- {question: which-shell, tool: export_note, answer: not-sure}\n"
	if err := os.WriteFile(filepath.Join(root, BookFile), []byte(book), 0o666); err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(root, "server.py")
	source, err := os.ReadFile(server)
	if err != nil {
		t.Fatal(err)
	}
	silenced := strings.Replace(string(source), "    print(", "    # mcpaudit: ignore[stdout-pollution] nobody | reads it\n    print(", 1)
	if err := os.WriteFile(server, []byte(silenced), 0o666); err != nil {
		t.Fatal(err)
	}
	models, _ := scan(t, root)
	m := only(t, models)
	document := m.Document(DocumentOptions{Version: "1.2.3"})
	got := sections(document)
	wants(t, "the top", document, "# Threat model: notes\n\n8 tools · 10 findings · worst", "```mermaid\nflowchart LR\n", "Private: `search_notes`")
	wants(t, "Assets", got["Assets"], "| The machine: programs run with the account of the server | `restore_backup`, `export_note` |", "| The database")
	wants(t, "Actors", got["Actors"], "**The model**", "**Strangers** write what", "**The user**")
	wants(t, "Entry points", got["Entry points"], "| tool `export_note`, `server.py:55` | runs commands | `title` (any text), `style` (any text) |")
	wants(t, "Findings", got["Findings by priority"], "| **9.1** Critical | search_notes builds the query", "`server.py:50`")
	wants(t, "Controls", got["Controls in place"], "`sync`: ", "(Ada, 2026-11-23)")
	wants(t, "Open questions", got["Open questions"], "2 of ", "Asked of `export_note`")
	wants(t, "Accepted risks", got["Accepted risks"], `nobody \| reads it`, "`stdout-pollution`")
	wants(t, "Residual risk", got["Residual risk by deployment"], "| local, one user (assumed here) |", "| enterprise network |", "| autonomy | ", "| tools | 1.0 | static: sqlite3.Connection.execute takes a value from outside (`server.py:50`) |", "Known to stand, by the answers:\n\n- `read_note`: ", "(Ada, 2026-11-23): legacy")
	wants(t, "How this was made", got["How this was made"], "By mcpaudit 1.2.3 from the source of 1 file, which was read and not run.")
	if strings.Contains(got["Controls in place"], "read_note") {
		t.Error("what is exposed stands among the controls")
	}
}

// Names of a hostile server stay names.
func TestHostileDocument(t *testing.T) {
	m := modelOf(t, "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP(\"a](javascript:x) <script> | `b`\\n# Trusted\")\n\n@mcp.tool(name=\"<img src=x>|](http://e)\\n## Controls in place\")\ndef f(x: str) -> str:\n    return open(x).read()\n")
	document := m.Document(DocumentOptions{})
	if *shots != "" {
		if err := os.WriteFile(filepath.Join(*shots, "hostile.mmd"), []byte(m.Draw().Mermaid()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var html strings.Builder
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(unsafe.WithUnsafe())).Convert([]byte(document), &html); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<img", "<a "} {
		if strings.Contains(html.String(), bad) {
			t.Errorf("%s in %s", bad, html.String())
		}
	}
	if n := strings.Count(html.String(), "<h2"); n != 8 {
		t.Errorf("%d sections", n)
	}
	for line := range strings.Lines(sections(document)["Entry points"]) {
		if cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); strings.HasPrefix(line, "|") && cells != 5 {
			t.Errorf("%d bars in %q", cells, line)
		}
	}
}

// The data is what the schema says.
func TestModelSchema(t *testing.T) {
	var models []*Model
	for _, name := range []string{"python-notes", "typescript-repo", "python-notes-safe"} {
		some, _ := scan(t, demo(t, name))
		models = append(models, some...)
	}
	models = append(models, modelOf(t, tools(15)))
	data, err := JSON(models, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	res, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(Schema), gojsonschema.NewBytesLoader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range res.Errors() {
		t.Error(e)
	}
	var got struct {
		Servers []struct {
			Name     string
			Entries  []struct{ Name string }
			Findings []struct{ Check string }
		}
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got.Servers) != 4 || got.Servers[0].Name != "notes" || len(got.Servers[3].Entries) != 15 || len(got.Servers[0].Findings) == 0 {
		t.Errorf("%v: %+v", err, got)
	}
}

// BenchmarkDraw takes the model of a large server and draws it.
func BenchmarkDraw(b *testing.B) {
	root := b.TempDir()
	if err := os.WriteFile(filepath.Join(root, "server.py"), []byte(tools(80)), 0o666); err != nil {
		b.Fatal(err)
	}
	rep := audited(b, root)
	b.ResetTimer()
	for b.Loop() {
		for _, m := range Models(rep.Files, root, nil) {
			p := m.Draw()
			if len(p.SVG(Auto))+len(p.Mermaid())+len(m.Document(DocumentOptions{})) == 0 {
				b.Fatal("nothing drawn")
			}
		}
	}
}
