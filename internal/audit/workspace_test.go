package audit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/audit/generate"
	"mcpaudit/internal/source"
)

// show writes what a reader would see of a result, to compare two.
func show(res *FileResult) string {
	var b strings.Builder
	for _, f := range res.Findings {
		fmt.Fprintf(&b, "%v %s %s %s %s\n", f.Span, f.Check, f.Level, f.Fingerprint, f.Message)
		for _, s := range f.Steps {
			fmt.Fprintf(&b, "  %v %s\n", s.Span, s.Text)
		}
		for _, x := range f.Score.Factors {
			fmt.Fprintf(&b, "  %s %s %s %s:%d\n", x.Name, x.Value(), x.Evidence, x.File, x.Line)
		}
		for _, x := range f.Fixes {
			fmt.Fprintf(&b, "  fix %s %v\n", x.Title, x.Edits)
		}
	}
	for _, n := range res.Notes {
		fmt.Fprintf(&b, "note %s\n", n)
	}
	return b.String()
}

// sameAsFresh asks that the open file's audit is what an audit of the same text
// from nothing finds.
func sameAsFresh(t *testing.T, w *Workspace, path string) {
	t.Helper()
	ctx := context.Background()
	got, err := w.Snapshot().Settle(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	fresh := New(options(t))
	fresh.SetFolders(w.Snapshot().Folders())
	fresh.Open(path, got.Version, got.Text.String())
	want, err := fresh.Snapshot().Audit(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if show(got) != show(want) {
		t.Fatalf("after edits:\n%s\nfrom nothing:\n%s\ntext:\n%s", show(got), show(want), got.Text)
	}
	fresh.Close(path)
}

// bits are what the edits type: pieces that break and mend the syntax, that make
// and unmake findings, and that no language means.
var bits = []string{"", "x", " ", "\n", "(", ")", "'", "\"", "{", "}", "é😀", "\r\n", "# ", "// ", "    ", "return ", ", shell=True", "subprocess.run(path, shell=True)\n", "exec(path);\n", "raise ValueError()\n", "path = 'a'\n"}

// edit applies the edits that the bytes stand for, three to an edit.
func edit(t *testing.T, w *Workspace, path string, data []byte) {
	t.Helper()
	for i := 0; i+3 <= len(data); i += 3 {
		text := w.open[path].text
		at := uint32(int(data[i])*251+int(data[i+1])*17) % uint32(text.Len()+1)
		to := at + uint32(data[i+1]%12)
		r := text.Range(source.Span{Start: at, End: to}, source.UTF16)
		if err := w.Change(path, int32(i+2), []ContentChange{{Range: &r, Text: bits[int(data[i+2])%len(bits)]}}, source.UTF16); err != nil {
			t.Fatal(err)
		}
		if i%9 == 0 {
			if _, err := w.Snapshot().Audit(context.Background(), path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func edited(t *testing.T, lang source.Language, data []byte) {
	t.Helper()
	w := New(options(t))
	path := filepath.Join(t.TempDir(), "server."+map[source.Language]string{source.Python: "py", source.TypeScript: "ts", source.Go: "go"}[lang])
	w.Open(path, 1, generate.Server(generate.Shape{Lang: lang, Lines: 120, Tools: 6, Flaws: 4, Seed: 3}))
	edit(t, w, path, data)
	sameAsFresh(t, w, path)
	w.Close(path)
}

func TestAuditAfterEditsIsThatOfAFreshAudit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, lang := range []source.Language{source.Python, source.TypeScript, source.Go} {
		for range 10 {
			data := make([]byte, 3*(1+r.IntN(20)))
			for i := range data {
				data[i] = byte(r.Uint32())
			}
			edited(t, lang, data)
		}
	}
}

func FuzzEdits(f *testing.F) {
	f.Add(uint8(0), []byte{1, 2, 3, 200, 9, 17})
	f.Add(uint8(1), []byte{10, 20, 18, 10, 20, 4})
	f.Add(uint8(2), []byte{90, 0, 6, 90, 1, 0})
	f.Fuzz(func(t *testing.T, lang uint8, data []byte) {
		edited(t, []source.Language{source.Python, source.TypeScript, source.Go}[lang%3], data[:min(len(data), 90)])
	})
}

func TestAFileIsTheEditorsWhileItIsOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "server.py")
	flawed := "import requests\n\nrequests.get('https://example.org', verify=False)\n"
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("x = 1\n")
	w := New(options(t))
	w.SetFolders([]string{dir})
	findings := func() int {
		t.Helper()
		all, err := w.Snapshot().AuditAll(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, res := range all {
			n += len(res.Findings)
		}
		return n
	}
	if n := findings(); n != 0 {
		t.Fatalf("on disk: %d findings, want none", n)
	}
	before := w.Snapshot()
	w.Open(path, 1, flawed)
	if n := findings(); n != 1 {
		t.Fatalf("open: %d findings, want 1", n)
	}
	if res, err := before.Audit(context.Background(), path); err != nil || len(res.Findings) != 0 {
		t.Fatalf("the snapshot from before changed: %v, %v", res, err)
	}
	write("import os\n")
	w.FileChanged(path)
	if n := findings(); n != 1 {
		t.Fatalf("changed on disk while open: %d findings, want 1", n)
	}
	w.Close(path)
	if n := findings(); n != 0 {
		t.Fatalf("closed: %d findings, want none", n)
	}
	write(flawed)
	w.FileChanged(path)
	if n := findings(); n != 1 {
		t.Fatalf("written: %d findings, want 1", n)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.FileChanged(path)
	if n := findings(); n != 0 {
		t.Fatalf("removed: %d findings, want none", n)
	}
	if _, err := w.Snapshot().Audit(context.Background(), path); !errors.Is(err, ErrNotAudited) {
		t.Fatalf("audit of a removed file: %v, want ErrNotAudited", err)
	}
	if err := w.Change(path, 2, nil, source.UTF16); !errors.Is(err, ErrNotOpen) {
		t.Fatalf("change of a closed file: %v, want ErrNotOpen", err)
	}
}

func TestACancelledAuditLeavesNothingBehind(t *testing.T) {
	w := New(options(t))
	path := filepath.Join(t.TempDir(), "server.py")
	w.Open(path, 1, generate.Server(generate.Shape{Lang: source.Python, Lines: 50, Tools: 2, Seed: 1}))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.Snapshot().Audit(ctx, path); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if res, err := w.Snapshot().Audit(context.Background(), path); err != nil || res == nil {
		t.Fatalf("afterwards: %v, %v", res, err)
	}
}

func TestSettingsDecideWhatIsShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "client.py")
	w := New(options(t))
	w.Open(path, 1, "import requests\n\n\ndef get(url):\n    return requests.get(url, verify=False)\n")
	level := func() string {
		t.Helper()
		res, err := w.Snapshot().Audit(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, f := range res.Findings {
			all = append(all, f.Check+" "+f.Level.String())
		}
		return strings.Join(all, ", ")
	}
	c := w.Snapshot().Config(path)
	for _, step := range []struct{ set, want string }{
		{"", "tls-verification-disabled error"},
		{"hint", "tls-verification-disabled hint"},
		{"off", ""},
	} {
		c.Checks = map[string]string{"tls-verification-disabled": step.set}
		if step.set == "" {
			c.Checks = nil
		}
		w.SetConfig("", c)
		if got := level(); got != step.want {
			t.Errorf("set to %q: %q, want %q", step.set, got, step.want)
		}
	}
}
