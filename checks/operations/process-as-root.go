package operations

import (
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// processAsRoot reports programs that a tool starts with the rights of the administrator.
func processAsRoot(p *rule.Pass) {
	if !shipped(p) {
		return
	}
	h := habit{pass: p}
	p.Reached(startsProgram, func(u *flow.Use, c rule.Call) {
		at := 0
		if u.Callee == "os/exec.CommandContext" {
			at = 1
		}
		if !elevates(firstText(c.Arg(at), 0)) {
			return
		}
		h.addOf(u.Entries[0].Name, c)
	})
	h.report("this program is started as root as well", "", false)
}

func startsProgram(u *flow.Use) bool {
	for _, module := range []string{"subprocess.", "os.system", "os.popen", "asyncio.create_subprocess", "child_process.", "os/exec.", "execa"} {
		if strings.HasPrefix(u.Callee, module) {
			return true
		}
	}
	return false
}

// firstText gives the constant text that a command, or a list of its words, begins with.
func firstText(v *program.Value, depth int) string {
	const deepest = 8
	switch {
	case v == nil || depth > deepest:
	case v.Op == program.OpConst && v.Const == program.ConstString:
		return v.Str
	case (v.Op == program.OpTemplate || v.Op == program.OpBinary || v.Op == program.OpList) && len(v.Args) > 0:
		return firstText(v.Args[0], depth+1)
	}
	return ""
}

func elevates(command string) bool {
	word, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
	switch word {
	case "sudo", "/usr/bin/sudo", "doas", "pkexec":
		// To become an ordinary user is no elevation.
		return !strings.HasPrefix(strings.TrimSpace(rest), "-u ") || strings.HasPrefix(strings.TrimSpace(rest), "-u root")
	}
	return false
}
