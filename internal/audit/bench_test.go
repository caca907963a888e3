package audit

// bench_test.go measures what the README quotes: a cold audit against bare
// parsing of the same files, and resident memory.

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/golang"
	"github.com/smacker/go-tree-sitter/javascript"
	"github.com/smacker/go-tree-sitter/python"
	"github.com/smacker/go-tree-sitter/typescript/tsx"
	"github.com/smacker/go-tree-sitter/typescript/typescript"

	"mcpaudit/checks"
	"mcpaudit/internal/audit/generate"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// cpu gives the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident gives the resident memory of this process in MB, or skips where the
// system does not say.
func resident(b *testing.B) float64 {
	b.Helper()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("resident memory is read from /proc, which this system lacks")
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}

// options are those of a user who has set nothing. To see what the checks cost, the
// environment variable MCPAUDIT_BENCH_CHECKS names some that run alone.
func options(b testing.TB) Options {
	b.Helper()
	catalogue, err := checks.Default()
	if ids := os.Getenv("MCPAUDIT_BENCH_CHECKS"); ids != "" && err == nil {
		catalogue, err = catalogue.Only(strings.Split(ids, ","))
	}
	if err != nil {
		b.Fatal(err)
	}
	return Options{Config: config.Default(), Catalogue: catalogue}
}

// BenchmarkColdAudit audits a generated workspace of 100,000 lines, and a real
// repository if MCPAUDIT_BENCH_REPO names one, against parsing the same files
// with the same workers.
func BenchmarkColdAudit(b *testing.B) {
	dir := b.TempDir()
	if _, err := generate.Workspace(dir, 100_000, 2_000); err != nil {
		b.Fatal(err)
	}
	b.Run("generated", func(b *testing.B) { coldAudit(b, dir) })
	if repo := os.Getenv("MCPAUDIT_BENCH_REPO"); repo != "" {
		b.Run("real", func(b *testing.B) { coldAudit(b, repo) })
	}
}

// grammars are the bare parser's, for the comparison.
var grammars = map[source.Language]*sitter.Language{
	source.Python: python.GetLanguage(), source.JavaScript: javascript.GetLanguage(), source.TypeScript: typescript.GetLanguage(),
	source.TSX: tsx.GetLanguage(), source.Go: golang.GetLanguage(),
}

func coldAudit(b *testing.B, dir string) {
	o := options(b)
	found, err := Discover(context.Background(), []string{dir}, DiscoverOptions{})
	if err != nil {
		b.Fatal(err)
	}
	var parse, whole time.Duration
	var rep *Report
	for b.Loop() {
		runtime.GC()
		before := cpu(b)
		err := each(context.Background(), runtime.GOMAXPROCS(0), len(found.Files), nil, func(i int) error {
			if found.Files[i].Lang.Data() {
				return nil // manifests have no grammar
			}
			text, err := os.ReadFile(found.Files[i].Path)
			if err != nil {
				return err
			}
			p := sitter.NewParser()
			p.SetLanguage(grammars[found.Files[i].Lang])
			tree, err := p.ParseCtx(context.Background(), nil, text)
			if err != nil {
				return err
			}
			tree.Close()
			p.Close()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		parse += cpu(b) - before
		runtime.GC()
		before = cpu(b)
		if rep, err = Scan(context.Background(), []string{dir}, ScanOptions{Config: o.Config, Catalogue: o.Catalogue}); err != nil {
			b.Fatal(err)
		}
		whole += cpu(b) - before
	}
	b.ReportMetric(whole.Seconds()/parse.Seconds(), "audit/parse-cpu")
	b.ReportMetric(parse.Seconds()*1e3/float64(b.N), "parse-cpu-ms")
	b.ReportMetric(whole.Seconds()*1e3/float64(b.N), "audit-cpu-ms")
	b.ReportMetric(float64(rep.Lines), "lines")
	b.ReportMetric(float64(len(rep.Findings)), "findings")
}

// BenchmarkMemory opens a workspace of 500,000 lines, audits it whole, and then
// types into an open file.
func BenchmarkMemory(b *testing.B) {
	dir := b.TempDir()
	lines, err := generate.Workspace(dir, 500_000, 2_000)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		ctx := context.Background()
		w := New(options(b))
		w.SetFolders([]string{dir})
		if _, err := w.Snapshot().AuditAll(ctx, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(resident(b), "MB-resident")
		path := filepath.Join(dir, "server000", "server.py")
		text := generate.Server(generate.Shape{Lang: source.Python, Lines: 5_000, Tools: 50, Flaws: 30, Seed: 1})
		if !w.Open(path, 1, text) {
			b.Fatal("not opened")
		}
		type1000(b, w, path, 2)
		before := resident(b)
		for i := range 9 {
			type1000(b, w, path, int32(1_002+1_000*i))
		}
		b.ReportMetric(resident(b), "MB-after-10000-edits")
		b.ReportMetric(resident(b)-before, "MB-grown-in-9000-edits")
		b.ReportMetric(float64(lines), "lines")
		w.Close(path)
		runtime.KeepAlive(w)
	}
}

// type1000 types and deletes a character a thousand times, with an audit after
// each.
func type1000(b *testing.B, w *Workspace, path string, version int32) {
	b.Helper()
	for i := range 1_000 {
		at := source.Position{Line: uint32(20 + i/2*9)}
		change := ContentChange{Range: &source.Range{Start: at, End: at}, Text: "#"}
		if i%2 == 1 {
			change = ContentChange{Range: &source.Range{Start: at, End: source.Position{Line: at.Line, Column: 1}}}
		}
		if err := w.Change(path, version+int32(i), []ContentChange{change}, source.UTF16); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Snapshot().Audit(context.Background(), path); err != nil {
			b.Fatal(err)
		}
	}
}
