package files

// world-writable-file.go finds files that every account of the machine may change.

import (
	"fmt"
	"strconv"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// worldWritableFile reports modes that let everybody write. Modes that are given
// when a file is made are left alone: the mask of the process takes such rights
// away, unless that is cleared.
func worldWritableFile(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	for _, c := range p.Calls("chmod", "chmodSync", "fchmod", "fchmodSync", "lchmod", "Chmod") {
		v, mode := modeOf(c)
		if v == nil || mode&0o002 == 0 || mode&0o1000 != 0 {
			continue
		}
		p.Report(rule.Finding{Span: c.At(v), Sink: c.Name(), Parameter: c.Text(v)})
	}
}

// modeOf gives the argument with the mode and its number.
func modeOf(c rule.Call) (*program.Value, uint64) {
	at := len(c.Value.Args) - 1
	if p := c.Pass.File.Lang; p != source.Python && p != source.Go && at > 1 {
		at = 1 // a function that is called back stands behind
	}
	v := c.Arg(at)
	if k := c.Keyword("mode"); k != nil {
		v = k.X
	}
	if v == nil || v.Op != program.OpConst || at > 1 {
		return nil, 0
	}
	text := strings.ReplaceAll(v.Str, "_", "")
	if v.Const == program.ConstString && c.Pass.File.Lang.ECMAScript() {
		text = "0o" + text
	} else if v.Const != program.ConstNumber || !strings.HasPrefix(text, "0") {
		return nil, 0
	}
	n, err := strconv.ParseUint(strings.ToLower(text), 0, 16)
	if err != nil {
		return nil, 0
	}
	return v, n
}

// ownerOnly keeps the file for the account of the server, in the notation at hand.
func ownerOnly(p *rule.Pass, f *rule.Finding) []rule.Fix {
	text := p.File.Tree.Text.Slice(f.Span)
	digits := strings.Trim(text, "\"'`")
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(digits), "0o"), 8, 16)
	if err != nil {
		return nil
	}
	mode := uint64(0o600)
	if n&0o111 != 0 {
		mode = 0o700
	}
	prefix := digits[:len(digits)-len(strings.TrimLeft(digits, "0oO"))]
	with := strings.Replace(text, digits, prefix+fmt.Sprintf("%o", mode), 1)
	return []rule.Fix{{
		Title: fmt.Sprintf("Let only the server's account in, with %o", mode),
		Edits: []rule.Edit{{Path: p.File.Path, Span: f.Span, New: with}},
	}}
}
