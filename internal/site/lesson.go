package site

// lesson.go turns the Markdown of a lesson into HTML. A lesson may be a stranger's:
// raw HTML in it is left out, and links lead only where links may.

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"mcpaudit/internal/source"
)

// lesson gives the text of a check's page, without its title.
func (s *site) lesson(c *check) (template.HTML, error) {
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(&nodes{site: s, own: c}, 100))),
	)
	var b bytes.Buffer
	data := []byte(c.Check.Lesson)
	doc := md.Parser().Parse(text.NewReader(data))
	if h, ok := doc.FirstChild().(*ast.Heading); ok && h.Level == 1 {
		doc.RemoveChild(doc, h) // the page has it
	}
	if err := md.Renderer().Render(&b, data, doc); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// nodes renders what differs from plain HTML.
type nodes struct {
	site *site
	own  *check
}

// RegisterFuncs names the kinds of node that are rendered here.
func (n *nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, n.fenced)
	r.Register(ast.KindCodeSpan, n.span)
	r.Register(ast.KindLink, n.link)
	r.Register(ast.KindImage, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkSkipChildren, nil // nothing is loaded from elsewhere
	})
}

// fenced shows a block of code, the lines that findings stand on marked.
func (n *nodes) fenced(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := node.(*ast.FencedCodeBlock)
	var code strings.Builder
	for i := range block.Lines().Len() {
		line := block.Lines().At(i)
		code.Write(line.Value(src))
	}
	language := string(block.Language(src))
	name := ""
	if block.Info != nil {
		if _, after, ok := strings.Cut(string(block.Info.Segment.Value(src)), "file="); ok {
			name, _, _ = strings.Cut(after, " ")
		}
	}
	look := "code"
	if language == "json" {
		look += " json" // an exchange is read as a whole, so its lines wrap
	}
	_, _ = w.WriteString(`<figure class="` + look + `">`)
	if name != "" || language != "" {
		_, _ = fmt.Fprintf(w, "<figcaption>%s</figcaption>", html.EscapeString(strings.TrimSpace(name+" "+shownFence(language, name))))
	}
	_, _ = w.WriteString(`<pre tabindex="0"><code>` + highlighted(language, code.String()) + "</code></pre></figure>\n")
	return ast.WalkContinue, nil
}

// shownFence names the language of a block, unless the name of its file does.
func shownFence(language, name string) string {
	if name != "" {
		return ""
	}
	switch language {
	case "python":
		return "Python"
	case "typescript":
		return "TypeScript"
	case "javascript":
		return "JavaScript"
	case "go":
		return "Go"
	case "json":
		return "JSON"
	case "toml":
		return "TOML"
	}
	return ""
}

// span shows code within a line; the id of another check leads to its page.
func (n *nodes) span(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	var code strings.Builder
	for c := node.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			code.Write(t.Segment.Value(src))
		}
	}
	shown := "<code>" + html.EscapeString(strings.ReplaceAll(code.String(), "\n", " ")) + "</code>"
	if other := n.site.byID[code.String()]; other != nil && other != n.own {
		shown = `<a href="` + html.EscapeString(other.file) + `">` + shown + "</a>"
	}
	_, _ = w.WriteString(shown)
	return ast.WalkSkipChildren, nil
}

// link lets links lead to http, https and mail alone, and to other parts of the page.
func (n *nodes) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	target := string(node.(*ast.Link).Destination)
	if !allowed(target) {
		return ast.WalkContinue, nil
	}
	if entering {
		_, _ = w.WriteString(`<a href="` + html.EscapeString(string(util.URLEscape([]byte(target), true))) + `" rel="noreferrer">`)
	} else {
		_, _ = w.WriteString("</a>")
	}
	return ast.WalkContinue, nil
}

func allowed(target string) bool {
	lower := strings.ToLower(target)
	for _, scheme := range []string{"https://", "http://", "mailto:", "#"} {
		if strings.HasPrefix(lower, scheme) {
			return !gmhtml.IsDangerousURL([]byte(target))
		}
	}
	return false
}

// fences are the languages of blocks whose words are told apart.
var fences = map[string]source.Language{
	"python": source.Python, "typescript": source.TSX, "javascript": source.JavaScript, "go": source.Go,
}

// highlighted gives code as HTML: comments, strings, numbers and key words are told
// apart by the same grammars that the audit reads with.
func highlighted(language, code string) string {
	lang, ok := fences[language]
	if !ok {
		return markedLines(html.EscapeString(code))
	}
	if language == "typescript" {
		lang = source.TypeScript
	}
	tree := source.Parse(lang, source.NewText(code), false)
	defer tree.Close()
	var b strings.Builder
	at := uint32(0)
	for i := range tree.Nodes() {
		node := tree.Node(source.NodeID(i))
		look := lookOf(tree, source.NodeID(i))
		if look == "" || node.Start < at || node.End > uint32(len(code)) {
			continue
		}
		b.WriteString(html.EscapeString(code[at:node.Start]))
		for j, line := range strings.Split(code[node.Start:node.End], "\n") {
			if j > 0 {
				b.WriteByte('\n') // a span ends with its line, so that lines can be marked
			}
			if line != "" {
				b.WriteString(`<span class="` + look + `">` + html.EscapeString(line) + "</span>")
			}
		}
		at = node.End
	}
	b.WriteString(html.EscapeString(code[at:]))
	return markedLines(b.String())
}

// lookOf gives the class of style of a node, "" for one that has none of its own.
func lookOf(tree *source.Tree, id source.NodeID) string {
	kind := tree.Kind(id)
	switch {
	case strings.Contains(kind, "comment"):
		return "c"
	case kind == "string", kind == "interpreted_string_literal", kind == "raw_string_literal", kind == "template_string", kind == "regex":
		return "s"
	case kind == "integer", kind == "float", kind == "number", kind == "int_literal", kind == "float_literal":
		return "n"
	}
	if tree.Node(id).Named() {
		return ""
	}
	if word := tree.TextOf(id); word == kind && len(word) > 1 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" {
		return "k"
	}
	return ""
}

// markedLines marks the lines that end in the comment "finding".
func markedLines(shown string) string {
	lines := strings.Split(shown, "\n")
	for i, line := range lines {
		plain := strings.TrimSuffix(line, "</span>")
		if strings.HasSuffix(plain, "# finding") || strings.HasSuffix(plain, "// finding") {
			lines[i] = `<mark>` + line + `</mark>`
		}
	}
	return strings.Join(lines, "\n")
}
