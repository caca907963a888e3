package malice

// reverse-shell.go finds a shell whose input and output are a connection to another
// machine.

import (
	"regexp"
	"slices"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// overNetwork is a command line that hands a shell to a connection.
var overNetwork = regexp.MustCompile(`/dev/(?:tcp|udp)/\S|\b(?:nc|ncat|netcat)\b[^|;&]*\s-[a-z]*[ec]\s*\S*(?:sh|cmd)\b|mkfifo\s[^;]*;.*\b(?:sh|bash)\b.*\b(?:nc|ncat|netcat|openssl)\b|\bsocat\b.*\bexec:`)

// shellStarters start programs or shells, by the last part of their name.
var shellStarters = []string{
	"system", "popen", "run", "call", "Popen", "check_output", "check_call", "getoutput", "create_subprocess_shell", "create_subprocess_exec",
	"exec", "execSync", "spawn", "spawnSync", "execFile", "execFileSync", "execa", "Command", "CommandContext",
}

func reverseShell(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls(shellStarters...) {
		if handsOver(c) {
			p.Report(rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Sink: c.Name()})
		}
	}
	switch {
	case p.File.Lang == source.Python:
		descriptors(p)
	case p.File.Lang.ECMAScript():
		piped(p)
	case p.File.Lang == source.Go:
		goStreams(p)
	}
}

// handsOver reports whether a call starts a command line that connects a shell to
// another machine. Its words may be given one by one.
func handsOver(c rule.Call) bool {
	found := false
	for _, arg := range c.Value.Args {
		within(c.Pass, rule.Part{Func: c.Func, Value: arg}, func(part rule.Part) bool {
			v := part.Value
			if v.Op == program.OpConst && v.Const == program.ConstString && overNetwork.MatchString(v.Str) {
				found = true
			}
			return !found && v.Op != program.OpFunc && v.Op != program.OpCall
		})
	}
	return found
}

// descriptors finds os.dup2 of a socket's descriptor onto a standard stream.
func descriptors(p *rule.Pass) {
	seen := map[int]bool{} // functions: the three streams are one cause
	for _, c := range p.Calls("dup2") {
		from, to := c.Arg(0), c.Arg(1)
		if c.Name() != "os.dup2" || seen[c.Func] || from == nil || to == nil || !slices.Contains([]string{"0", "1", "2"}, c.Text(to)) {
			continue
		}
		if from.Op != program.OpCall || from.X == nil || from.X.Name != "fileno" || from.X.X == nil {
			continue
		}
		made := p.Written(rule.Part{Func: c.Func, Value: from.X.X})
		if made.Value.Op != program.OpCall {
			continue
		}
		switch p.File.Canonical(made.Func, made.Value.X) {
		case "socket.socket", "socket.create_connection":
			seen[c.Func] = true
			p.Report(rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Sink: "os.dup2"})
		}
	}
}

var shellName = regexp.MustCompile(`(?i)^(?:.*[/\\])?(?:(?:ba|z|da|k)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh)$`)

// connections are what opens a connection in Node.
var connections = regexp.MustCompile(`^(?:net|tls)\.(?:connect|createConnection|Socket)$`)

// piped finds a connection that is piped into the standard input of a shell.
func piped(p *rule.Pass) {
	for _, c := range p.Calls("pipe") {
		into := c.Arg(0)
		if into == nil || into.Op != program.OpField || into.Name != "stdin" || c.Value.X.Op != program.OpField {
			continue
		}
		shell := p.Written(rule.Part{Func: c.Func, Value: into.X})
		from := p.Written(rule.Part{Func: c.Func, Value: c.Value.X.X})
		if !startsShell(p, shell) || from.Value == nil || from.Value.Op != program.OpCall && from.Value.Op != program.OpNew {
			continue
		}
		if connections.MatchString(p.File.Canonical(from.Func, from.Value.X)) {
			p.Report(rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Sink: c.Text(c.Value.X)})
		}
	}
}

// startsShell reports whether a value is a call that starts a shell.
func startsShell(p *rule.Pass, at rule.Part) bool {
	v := at.Value
	if v == nil || v.Op != program.OpCall || v.X == nil || len(v.Args) == 0 || !slices.Contains(shellStarters, v.X.Name) {
		return false
	}
	shell := p.Written(rule.Part{Func: at.Func, Value: v.Args[0]}).Value
	return shell != nil && shell.Op == program.OpConst && shellName.MatchString(shell.Str)
}

// goStreams finds a command whose standard input is a connection that the same
// function has opened.
func goStreams(p *rule.Pass) {
	for _, dial := range p.Calls("Dial", "DialTimeout", "DialTCP") {
		if module := dial.Name(); module != "net."+dial.Value.X.Name && module != "crypto/tls."+dial.Value.X.Name {
			continue
		}
		connection, done := "", false
		p.File.Funcs[dial.Func].Walk(func(s *program.Stmt, v *program.Value) bool {
			if v != nil || s.Op != program.StmtAssign || done || len(s.Targets) == 0 || s.Targets[0] == nil {
				return v == nil
			}
			to := s.Targets[0]
			if to.Op == program.OpList && len(to.Args) > 0 && to.Args[0] != nil {
				to = to.Args[0]
			}
			switch {
			case s.Value == dial.Value:
				connection = to.Name
			case to.Op == program.OpField && to.Name == "Stdin" && connection != "" && s.Value != nil && s.Value.Op == program.OpIdent && s.Value.Name == connection:
				done = true
				span := s.Span.Shift(p.File.Funcs[dial.Func].Start)
				p.Report(rule.Finding{Span: span, Tool: toolOf(p, dial.Func), Sink: dial.Name()})
			}
			return true
		})
	}
}
