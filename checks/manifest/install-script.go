package manifest

import (
	"regexp"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// hooks are the scripts that run on the machine of whoever installs the package.
var hooks = []string{"preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "prepublish"}

// remoteCode is how a command runs what it has just fetched, or what it hides.
var remoteCode = []struct {
	what string
	how  *regexp.Regexp
}{
	{"runs what it downloads", regexp.MustCompile(`(?i)\b(?:curl|wget)\b[^|;&]*\|\s*(?:sudo\s+)?(?:env\s+)?(?:(?:ba|z|da|k)?sh|node|python3?|perl|ruby)\b`)},
	{"runs what it downloads", regexp.MustCompile(`(?i)\b(?:(?:ba|z|da|k)?sh|eval|source|\.)\s+(?:-c\s+)?["'\\]*(?:<\(|\$\(|` + "`" + `)\s*(?:curl|wget)\b`)},
	{"runs what it downloads", regexp.MustCompile(`(?i)\b(?:curl|wget)\b[^|]*(?:&&|;)\s*(?:sudo\s+)?(?:chmod\s+(?:a?\+x|[0-7]*7[0-7]*)\b|(?:ba|z|da|k)?sh\s+\S|node\s+\S|python3?\s+\S)`)},
	{"runs what it downloads", regexp.MustCompile(`(?i)\b(?:iex|invoke-expression)\b.*\b(?:downloadstring|invoke-webrequest|invoke-restmethod|iwr|irm)\b|\b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\b[^|]*\|\s*(?:iex|invoke-expression)\b`)},
	{"runs what it downloads", regexp.MustCompile(`(?i)\b(?:npx|bunx|npm\s+exec|pnpm\s+dlx|yarn\s+dlx|uvx)\b(?:\s+-\S+)*\s+["']?(?:https?://|git\+|github:|gist:)`)},
	{"runs code that it decodes", regexp.MustCompile(`(?i)\bbase64\s+(?:-d|-D|--decode)\b[^;&]*\|\s*(?:(?:ba|z|da|k)?sh|node|python3?)\b`)},
	{"runs code that it decodes", regexp.MustCompile(`(?i)\bnode\s+(?:-e|--eval|-p)\b.*\beval\s*\(.*(?:base64|fromCharCode|atob)|\bpython3?\s+-c\b.*\bexec\s*\(.*b64decode`)},
	{"runs code that it decodes", regexp.MustCompile(`(?i)\b(?:powershell|pwsh)(?:\.exe)?\b.*\s-e(?:nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{40,}`)},
	{"connects to another machine", regexp.MustCompile(`(?i)\bnode\s+(?:-e|--eval|-p)\b.*(?:\bhttps?\W{0,3}\.(?:get|request)\s*\(|\bfetch\s*\(\s*\W?https?:|net\.connect\s*\(|\bdns\.\w+\s*\()`)},
}

// runsRemoteCode says what a command does that runs code which nobody has reviewed,
// or gives "".
func runsRemoteCode(command string) string {
	if len(command) > maxCommand {
		command = command[:maxCommand]
	}
	for _, r := range remoteCode {
		if r.how.MatchString(command) {
			return r.what
		}
	}
	return ""
}

// maxCommand is the length in bytes up to which a command is judged.
const maxCommand = 10_000

// installScript reports scripts that run at installation, and commands that start a
// bundle, if they fetch code and run it.
func installScript(p *rule.Pass) {
	judge := func(name string, v *source.Value) {
		if what := runsRemoteCode(v.Str()); what != "" {
			p.Report(rule.Finding{Span: v.Span, Parameter: name, Sink: what})
		}
	}
	scripts := root(p, mcp.NodePackage).Get("scripts")
	for _, hook := range hooks {
		judge("the script "+hook, scripts.Get(hook))
	}
	for _, l := range launches(root(p, mcp.Bundle)) {
		for _, text := range l.shellTexts() {
			judge("the start of the bundle", text)
		}
	}
}
