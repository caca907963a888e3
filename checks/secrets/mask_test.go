package secrets

import (
	"strings"
	"testing"
)

// Whatever is or may be a secret does not leave; the code around it does.
func TestMask(t *testing.T) {
	const run = "aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zAcCeDfGh"
	for _, c := range []struct{ text, secret string }{
		{`token = "ghp_` + run[:36] + `"`, "ghp_" + run[:36]},
		{"key = 'AKIAQWERTYUIOPASDFGH'", "AKIAQWERTYUIOPASDFGH"},
		{`password = "correct horse"`, "correct horse"},
		{`{"api_key": "s3cr3t-value"}`, "s3cr3t-value"},
		{"export DB_PASSWORD=hunter2hunter2!x", "hunter2hunter2"},
		{`db = "postgres://app:Sup3rS3cret@db.internal/x"`, "Sup3rS3cret"},
		{`headers = {"Authorization": "Bearer abc.def-ghi"}`, "abc.def-ghi"},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAAAA\n-----END RSA PRIVATE KEY-----", "MIIEow"},
		{"-----BEGIN PRIVATE KEY-----\nMIIEow", "MIIEow"},
		{`blob = "` + run + `"`, run},
		{"digest = 'd41d8cd98f00b204e9800998ecf8427e'", "d41d8cd98f00b204e9800998ecf8427e"},
		{`os.environ["API_TOKEN"] = 'abcd efgh'`, "abcd efgh"},
	} {
		got, n := Mask(c.text)
		if strings.Contains(got, c.secret) || n != 1 || !strings.Contains(got, Masked) {
			t.Errorf("%q: %d masked, %q", c.text, n, got)
		}
	}
	for _, code := range []string{
		"token = os.environ[\"API_TOKEN\"]", "password = get_password(name)", "def read(path): return open(path).read()", "secret = settings.secret_key",
		"subprocess.run(command, shell=True)", "VeryLongNamesOfClassesInJava.createSomething()", "if token == other_token:",
	} {
		if got, n := Mask(code); n != 0 || got != code {
			t.Errorf("%q becomes %q", code, got)
		}
	}
}

func FuzzMask(f *testing.F) {
	f.Add(`a = "ghp_xxxx" password: 'x' //u:p@h`)
	f.Fuzz(func(t *testing.T, text string) {
		once, _ := Mask(text)
		if strings.Count(once, "\n") > strings.Count(text, "\n") {
			t.Errorf("%q grows: %q", text, once)
		}
	})
}
