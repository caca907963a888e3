package audit

import (
	"slices"
	"testing"

	"mcpaudit/internal/rule"
)

func TestKeepCountsToolsAnew(t *testing.T) {
	shell := &Finding{Finding: rule.Finding{Check: "shell", Path: "/a.py", Tool: "run"}}
	path := &Finding{Finding: rule.Finding{Check: "path", Path: "/a.py", Tool: "run"}}
	other := &Finding{Finding: rule.Finding{Check: "shell", Path: "/b.py", Tool: "run"}}
	rep := &Report{Findings: []*Finding{path, shell, other}, Tools: []ToolInfo{{EntryInfo: EntryInfo{Name: "run", Path: "/a.py"}, Findings: 2, Worst: path}, {EntryInfo: EntryInfo{Name: "run", Path: "/b.py"}, Findings: 1, Worst: other}}}
	rep.Keep(func(f *Finding) bool { return f == shell })
	if !slices.Equal(rep.Findings, []*Finding{shell}) {
		t.Errorf("kept %v", rep.Findings)
	}
	if a, b := rep.Tools[0], rep.Tools[1]; a.Findings != 1 || a.Worst != shell || b.Findings != 0 || b.Worst != nil {
		t.Errorf("tools %+v", rep.Tools)
	}
}

func TestMergeTakesAFileOnce(t *testing.T) {
	of := func(path string) *Report {
		f := &Finding{Finding: rule.Finding{Path: path}}
		return &Report{Files: []*FileResult{{Path: path}}, Findings: []*Finding{f}, Tools: []ToolInfo{{EntryInfo: EntryInfo{Path: path}}}, Notes: []Note{{Path: path}}, Skipped: []Skip{{"/big.py", "too large"}}, Audited: 1}
	}
	rep := of("/a.py")
	rep.Merge(of("/a.py"))
	rep.Merge(of("/b.py"))
	if len(rep.Files) != 2 || len(rep.Findings) != 2 || len(rep.Tools) != 2 || len(rep.Notes) != 2 || len(rep.Skipped) != 1 {
		t.Errorf("%d files, %d findings, %d tools, %d notes, %d skipped", len(rep.Files), len(rep.Findings), len(rep.Tools), len(rep.Notes), len(rep.Skipped))
	}
}
