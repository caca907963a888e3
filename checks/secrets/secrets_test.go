package secrets

import (
	"fmt"
	"strings"
	"testing"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// found gives what a matcher reports on a file, as "line: parameter".
func found(name, text string, m rule.Matcher) []string {
	prog := program.Lower(name, source.Parse(source.LanguageOf(name), source.NewText(text), false), nil)
	var all []string
	m(&rule.Pass{File: prog, Facts: &mcp.Facts{File: prog}, Flow: &flow.Result{}, Report: func(f rule.Finding) {
		all = append(all, fmt.Sprintf("%d: %s", prog.Tree.Text.LineAt(f.Span.Start)+1, f.Parameter))
	}})
	return all
}

// letters gives n letters and digits that look random. Credentials are put
// together here so that no scanner takes this file for a leak.
func letters(n int) string {
	const alphabet = "aB3dE5gH7jK9mN2pQ4sT6vW8xYzL"
	var b strings.Builder
	state := uint32(n)
	for range n {
		state = state*1664525 + 1013904223
		b.WriteByte(alphabet[(state>>16)%uint32(len(alphabet))])
	}
	return b.String()
}

func TestKnownForms(t *testing.T) {
	upper := strings.ToUpper(strings.NewReplacer("9", "K", "8", "M").Replace(letters(16)))
	for name, credential := range map[string]string{
		"A GitHub token":                    "ghp_" + letters(36),
		"A GitHub fine-grained token":       "github_pat_" + letters(22) + "_" + letters(59),
		"A GitLab token":                    "glpat-" + letters(20),
		"An AWS access key":                 "AKIA" + upper,
		"A Slack token":                     "xoxb-" + "902817364502-" + letters(24),
		"A Slack webhook":                   "https://hooks.slack.com/services/T" + upper[:9] + "/B" + upper[:9] + "/" + letters(24),
		"A Stripe secret key":               "sk_live_" + letters(24),
		"An Anthropic key":                  "sk-ant-" + "api03-" + letters(90),
		"An OpenAI key":                     "sk-proj-" + letters(48),
		"A Google API key":                  "AIza" + letters(35),
		"A Google OAuth client secret":      "GOCSPX-" + letters(28),
		"An npm token":                      "npm_" + letters(36),
		"A PyPI token":                      "pypi-AgE" + letters(60),
		"A SendGrid key":                    "SG." + letters(22) + "." + letters(43),
		"A Telegram bot token":              "987654321:AA" + letters(33),
		"A DigitalOcean token":              "dop_v1_" + strings.Repeat("3f9a1c7e", 8),
		"A Linear key":                      "lin_api_" + letters(40),
		"An Atlassian token":                "ATATT3" + letters(120),
		"A private key":                     "-----BEGIN RSA PRIVATE " + "KEY-----\\n" + letters(80),
		"A password in a connection string": "postgresql+asyncpg://notes:" + letters(12) + "@db.internal.corp:5432/notes",
	} {
		got := found("server.py", "value = \""+credential+"\"\n", hardCodedCredential)
		if len(got) != 1 || got[0] != "1: "+name {
			t.Errorf("%s: reported %q", name, got)
		}
	}
}

func TestNamedValues(t *testing.T) {
	key := letters(24)
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"a.py", "API_KEY = '" + key + "'", []string{"1: A value for API_KEY"}},
		{"a.py", "client = Client(\n    api_key='" + key + "',\n)", []string{"2: A value for api_key"}},
		{"a.py", "settings = {'client_secret': '" + key + "'}", []string{"1: A value for client_secret"}},
		{"a.py", "import os\ntoken = os.getenv('TOKEN', '" + key + "')", []string{"2: A value for TOKEN"}},
		{"a.py", "class Settings:\n    db_password: str = 'k8Zq2-mTx'", []string{"2: A value for db_password"}},
		{"a.py", "def connect(password='k8Zq2-mTx'):\n    pass", []string{"1: A value for password"}},
		{"a.ts", "const apiKey = process.env.KEY ?? '" + key + "';", []string{"1: A value for apiKey"}},
		{"a.ts", "const options = { accessToken: '" + key + "' };", []string{"1: A value for accessToken"}},
		{"a.ts", "this.password = 'k8Zq2-mTx';", []string{"1: A value for password"}},
		{"a.go", "package a\n\nvar token = \"" + key + "\"\n", []string{"3: A value for token"}},
		{"a.go", "package a\n\nvar c = Client{APIKey: \"" + key + "\"}\n", []string{"3: A value for APIKey"}},

		{"test_a.py", "API_KEY = '" + key + "'", nil},
		{"tests/helper.py", "API_KEY = '" + key + "'", nil},
		{"a.test.ts", "const apiKey = '" + key + "';", nil},
		{"a_test.go", "package a\n\nvar token = \"" + key + "\"\n", nil},
		{"a.py", "max_tokens = '" + key + "'", nil},
		{"a.py", "next_page_token = '" + key + "'", nil},
		{"a.py", "token_url = 'https://login.example.org/oauth2/v1/token'", nil},
		{"a.py", "password = 'password'", nil},
		{"a.py", "password = 'changeme1'", nil},
		{"a.py", "password = 'correct horse battery staple 1'", nil},
		{"a.py", "secret = 'projects/p1/x/y7/versions/3'", nil},
		{"a.py", "api_key = '${API_KEY_FROM_VAULT_17}'", nil},
		{"a.py", "token = '5f3e8b9a-1c2d-4e5f-8a9b-0c1d2e3f4a5b'", nil},
		{"a.py", "token = '" + strings.Repeat("5f3e8b9a", 8) + "'", nil}, // a hash
		{"a.py", "url = 'postgres://postgres:postgres@localhost/x'", nil},
		{"a.py", "url = 'postgres://app:k8Zq2mTx@127.0.0.1/x'", nil},
		{"a.py", "url = 'https://user:password@example.com/'", nil},
		{"a.py", "url = f'postgres://app:{password}@db.internal.corp/x'", nil},
		{"a.ts", "const help = 'Authorization: Bearer <token>';", nil},
	} {
		if got := found(test.name, test.text, hardCodedCredential); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %s\nreported %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"password": true, "db_password": true, "apiKey": true, "API_KEY": true, "client_secret": true, "accessToken": true,
		"github_token": true, "credentials": true, "pwd": true,
		"max_tokens": false, "maxTokens": false, "next_page_token": false, "nextToken": false, "token_count": false, "tokenizer": false,
		"password_hint": false, "secretary": false, "key": false, "keyboard": false, "author": false, "csrf_token": false,
	} {
		if IsSecretName(name) != want {
			t.Errorf("IsSecretName(%q) = %v", name, !want)
		}
	}
}
