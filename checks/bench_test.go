package checks

import (
	"slices"
	"testing"
	"time"

	"mcpaudit/internal/audit/generate"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// BenchmarkMatchers runs the checks of a file of 5,000 lines, with all that comes
// before them done, and names those that take longest. At each keystroke all of them
// run: the bound for the catalogue is a millisecond.
func BenchmarkMatchers(b *testing.B) {
	for _, lang := range []source.Language{source.Python, source.TypeScript, source.Go} {
		b.Run(lang.String(), func(b *testing.B) { timed(b, lang) })
	}
}

// generated is a file of 5,000 lines with all done that comes before the checks.
func generated(lang source.Language) *rule.Pass {
	text := generate.Server(generate.Shape{Lang: lang, Lines: 5000, Tools: 60, Flaws: 40, Seed: 1})
	file := program.Lower("/server"+map[source.Language]string{source.Python: ".py", source.TypeScript: ".ts", source.Go: ".go"}[lang],
		source.Parse(lang, source.NewText(text), false), nil)
	facts := mcp.Recognise(file, nil)
	return &rule.Pass{File: file, Facts: facts, Flow: flow.Analyse(facts, nil)}
}

func timed(b *testing.B, lang source.Language) {
	c := catalogue(b)
	all := generated(lang)
	spent := map[*Check]time.Duration{}
	for b.Loop() {
		p := &rule.Pass{File: all.File, Facts: all.Facts, Flow: all.Flow}
		for _, check := range c.all {
			if slices.Contains(check.Languages, lang) {
				begin := time.Now()
				if _, err := c.runOne(check, p, lang, nil); err != nil {
					b.Fatal(err)
				}
				spent[check] += time.Since(begin)
			}
		}
	}
	slow := slices.SortedFunc(func(yield func(*Check) bool) {
		for check := range spent {
			if !yield(check) {
				return
			}
		}
	}, func(x, y *Check) int { return int(spent[y] - spent[x]) })
	for _, check := range slow[:min(8, len(slow))] {
		b.ReportMetric(float64(spent[check].Microseconds())/float64(b.N), check.ID+"-µs")
	}
}

// BenchmarkFactors finds the factors for the findings of the same files.
func BenchmarkFactors(b *testing.B) {
	c := catalogue(b)
	for _, lang := range []source.Language{source.Python, source.TypeScript, source.Go} {
		b.Run(lang.String(), func(b *testing.B) {
			p := generated(lang)
			found, _ := c.Run(p)
			for b.Loop() {
				fresh := &rule.Pass{File: p.File, Facts: p.Facts, Flow: p.Flow}
				if err := c.show(fresh, slices.Clone(found)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(found)), "findings")
		})
	}
}
