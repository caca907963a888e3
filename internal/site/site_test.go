package site

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mcpaudit/checks"
)

func pages(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Pages(all, Options{Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var (
	address = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	anchor  = regexp.MustCompile(`\bid="([^"]*)"`)
)

// Every link within the pages leads somewhere, and none loads anything from elsewhere.
func TestLinks(t *testing.T) {
	all := pages(t)
	ids := map[string]bool{}
	for name, data := range all {
		for _, m := range anchor.FindAllSubmatch(data, -1) {
			ids[name+"#"+string(m[1])] = true
		}
	}
	checked := 0
	for name, data := range all {
		for _, m := range address.FindAllSubmatch(data, -1) {
			target := string(m[1])
			if strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://") {
				if bytes.HasPrefix(m[0], []byte("src")) {
					t.Errorf("%s loads %s", name, target)
				}
				continue
			}
			checked++
			file, fragment, _ := strings.Cut(target, "#")
			full := name
			if file != "" {
				full = path.Join(path.Dir(name), file)
			}
			if all[full] == nil {
				t.Errorf("%s: there is no %s", name, target)
			}
			if fragment != "" && !ids[full+"#"+fragment] {
				t.Errorf("%s: there is no part %s", name, target)
			}
		}
	}
	if checked < 500 {
		t.Errorf("%d links were looked at", checked)
	}
}

// Every check has its page, is in the index, the standards and what the search knows.
func TestEveryCheckIsListed(t *testing.T) {
	all := pages(t)
	catalogue, _ := checks.Default()
	for _, c := range catalogue.All() {
		lesson := all["checks/"+c.ID+".html"]
		for _, text := range []string{`id="attack"`, `id="ask-yourself"`} {
			if !bytes.Contains(lesson, []byte(text)) && len(c.Document.Vulnerable) > 0 {
				t.Errorf("%s: the page lacks %s", c.ID, text)
			}
		}
		for _, page := range []string{"index.html", "checks.js"} {
			if !bytes.Contains(all[page], []byte("checks/"+c.ID+".html")) {
				t.Errorf("%s is not in %s", c.ID, page)
			}
		}
		if len(c.Maps) > 0 && !bytes.Contains(all["standards.html"], []byte("checks/"+c.ID+".html")) {
			t.Errorf("%s is not among the standards", c.ID)
		}
	}
}

// harmful is what would run, load or lead to something that is not a page.
var harmful = regexp.MustCompile(`(?i)<script>|<img|(href|src)="(javascript|data|file):|"onclick|src="https?:`)

// A lesson may be a stranger's: nothing in it runs, loads or leads astray.
func TestHostileLesson(t *testing.T) {
	dir := t.TempDir()
	text := `---
id: own-check
title: <script>alert(1)</script>
message: 'x'
class: '"><img src=x onerror=alert(1)>'
confidence: high
rule:
  - languages: [python]
    pattern: f(...)
---
# T
` + "```<script>alert(5)</script>\nx\n```\n" + `<script>alert(2)</script> <img src="https://evil.example/p.png"> ![p](https://evil.example/q.png)
[a](javascript:alert(3)) [b](data:text/html,x) [c](HTTPS://fine.example/"onclick=x) [d](file:///etc/passwd)
## Vulnerable
` + "```python file=a.py\nx = '</code></pre><script>alert(4)</script>'\nf(1)  # finding\n```\n"
	if err := os.WriteFile(filepath.Join(dir, "own-check.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	if all, err = all.Load(dir); err != nil {
		t.Fatal(err)
	}
	p, err := Pages(all, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range p {
		if path.Ext(name) != ".html" {
			continue
		}
		if bad := harmful.Find(data); bad != nil {
			t.Errorf("%s holds %s", name, bad)
		}
	}
	if !bytes.Contains(p["checks/own-check.html"], []byte("<mark>")) {
		t.Error("the line with the finding is not marked")
	}
}

func TestFileName(t *testing.T) {
	for id, want := range map[string]string{"path-traversal": "path-traversal.html", "../../x": "~2e~2e~2f~2e~2e~2fx.html", "a/b": "a~2fb.html"} {
		if got := FileName(id); got != want {
			t.Errorf("%s gives %s, want %s", id, got, want)
		}
	}
}

// A folder with other files is left alone; a site of ours is written anew; a link out
// of the folder is not followed.
func TestWrite(t *testing.T) {
	all, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "deep", "site")
	for range 2 {
		if err := Write(dir, all, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*.new")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "thesis.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(other, all, Options{}); err == nil || !strings.Contains(err.Error(), "other files") {
		t.Errorf("got %v", err)
	}
	outside := t.TempDir()
	if err := os.RemoveAll(filepath.Join(dir, "checks")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "checks")); err != nil {
		t.Skip("this file system has no links")
	}
	if err := Write(dir, all, Options{}); err == nil {
		t.Error("a link out of the folder was followed")
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("%d files were written outside", len(entries))
	}
}
