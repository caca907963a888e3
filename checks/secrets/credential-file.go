package secrets

import (
	"regexp"
	"strconv"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// credentialFile reports tokens that are written to a file which others on the machine
// may read. A file of which any place sets rights is left alone.
func credentialFile(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	k := keeper{Pass: p}
	switch {
	case p.File.Lang == source.Python:
		k.python()
	case p.File.Lang == source.Go:
		k.golang()
	default:
		k.ecma()
	}
}

type keeper struct {
	*rule.Pass
	told bool // one finding for each file
}

var (
	// tokenFile is the end of a path to a file with tokens.
	tokenFile = regexp.MustCompile(`(?i)(^|[/\\_.-])((access|refresh|oauth2?|auth|api|id|session|bearer|user)?[_-]?tokens?|credentials?|creds|secrets?)([_-](cache|store|data))?(\.(json|txt|pickle|pkl|ya?ml|toml|dat))?$`)
	// tokenPath is what a variable is called that holds such a path.
	tokenPath = regexp.MustCompile(`(?i)(token|credential|cred|oauth|auth_?cache|secret)s?_?(cache|store|storage)?_?(file|path|json|pickle)(_?(path|name))?$`)
	// credentialsInFile is in a file that handles tokens by which somebody logs in, not those
	// that a text or a design is made of.
	credentialsInFile = regexp.MustCompile(`(?i)oauth|(refresh|access|bearer|auth)[_-]?token|credential`)
	word              = regexp.MustCompile(`[A-Za-z_]\w*`)
)

// isTokenPath reports whether an argument is the path of a file with tokens.
func (k *keeper) isTokenPath(c rule.Call, v *program.Value) bool {
	if v == nil {
		return false
	}
	if text, ok := k.File.ConstString(c.Func, v); ok {
		return tokenFile.MatchString(text)
	}
	switch v.Op {
	case program.OpIdent, program.OpField:
		return tokenPath.MatchString(v.Name)
	case program.OpCall, program.OpBinary, program.OpTemplate:
		if n := len(v.Args); n > 0 {
			return k.isTokenPath(c, v.Args[n-1])
		}
		return v.Op == program.OpCall && v.X != nil && tokenPath.MatchString(word.FindString(v.X.Name))
	}
	return false
}

func (k *keeper) report(c rule.Call, path *program.Value, edits ...rule.Edit) {
	if k.told {
		return
	}
	k.told = true
	if !credentialsInFile.MatchString(k.File.Tree.Text.String()) {
		return
	}
	f := rule.Finding{Span: c.Span(), Sink: c.Text(c.Value.X), Parameter: c.Text(path)}
	if len(edits) > 0 {
		f.Fixes = []rule.Fix{{Title: "Let only the owner read the file", Edits: edits, Preferred: true}}
	}
	k.Report(f)
}

func (k *keeper) golang() {
	if len(k.Calls("Chmod", "Umask")) > 0 {
		return
	}
	for _, c := range k.Calls("WriteFile", "OpenFile") {
		name := c.Name()
		if name != "os.WriteFile" && name != "io/ioutil.WriteFile" && name != "os.OpenFile" || name == "os.OpenFile" && !strings.Contains(c.Text(c.Value), "O_CREATE") {
			continue
		}
		perm := c.Arg(2)
		if perm == nil || !k.isTokenPath(c, c.Arg(0)) {
			continue
		}
		switch bits, err := strconv.ParseUint(perm.Str, 0, 32); {
		case perm.Op == program.OpConst && err == nil && bits&0o077 != 0, k.File.Canonical(c.Func, perm) == "os.ModePerm":
			k.report(c, c.Arg(0), c.Replace(c.At(perm), "0o600"))
		}
	}
}

func (k *keeper) ecma() {
	if len(k.Calls("chmod", "chmodSync", "fchmod", "umask")) > 0 {
		return
	}
	for _, c := range k.Calls("mkdir", "mkdirSync") {
		if c.Option("mode") != nil {
			return // a folder that others cannot enter
		}
	}
	for _, c := range k.Calls("writeFile", "writeFileSync") {
		if name := c.Name(); !strings.HasPrefix(name, "fs.") && !strings.HasPrefix(name, "fs/promises.") || !k.isTokenPath(c, c.Arg(0)) || c.Arg(1) == nil {
			continue
		}
		options := c.Arg(2)
		const mode = "mode: 0o600"
		switch {
		case options == nil && len(c.Value.Args) == 2:
			k.report(c, c.Arg(0), c.With("{ "+mode+" }"))
		case isText(options):
			k.report(c, c.Arg(0), c.Replace(c.At(options), "{ encoding: "+c.Text(options)+", "+mode+" }"))
		case options != nil && options.Op == program.OpObject && !rule.Open(options) && rule.Pair(options, "mode") == nil:
			k.report(c, c.Arg(0), c.WithPair(options, mode))
		case options != nil && options.Op == program.OpFunc:
			start := c.At(options).Start
			k.report(c, c.Arg(0), c.Replace(source.Span{Start: start, End: start}, "{ "+mode+" }, "))
		}
	}
}

func (k *keeper) python() {
	if len(k.Calls("chmod", "fchmod", "umask")) > 0 {
		return
	}
	for _, c := range k.Calls("open") {
		if c.Name() != "open" || c.Keyword("opener") != nil || c.Spreads() {
			continue
		}
		mode := c.Arg(1)
		if kw := c.Keyword("mode"); kw != nil {
			mode = kw.X
		}
		if !isText(mode) || !strings.ContainsAny(mode.Str, "wax") || !k.isTokenPath(c, c.Arg(0)) {
			continue
		}
		edits := append([]rule.Edit{c.With("opener=lambda path, flags: os.open(path, flags, 0o600)")}, rule.ImportModule(k.File, "os")...)
		k.report(c, c.Arg(0), edits...)
	}
	for _, c := range k.Calls("write_text", "write_bytes") {
		if path := c.Value.X.X; path != nil && k.isTokenPath(c, path) {
			k.report(c, path)
		}
	}
}
