package source

import (
	"errors"
	"path"
	"strings"
	"testing"
)

func TestPathOf(t *testing.T) {
	for _, c := range []struct {
		goos, uri, path, err string
	}{
		{"linux", "file:///home/a/server.py", "/home/a/server.py", ""},
		{"linux", "file:///a%20b/%C3%A9%23%3f.py", "/a b/é#?.py", ""},
		{"linux", "file:///a#b?c.py", "/a#b?c.py", ""},
		{"linux", "file:///a/./b/../c.py", "/a/c.py", ""},
		{"linux", "file:///../../etc/passwd", "/etc/passwd", ""},
		{"linux", "file:///a/", "/a", ""},
		{"linux", "file:///", "/", ""},
		{"linux", "file:/a", "/a", ""},
		{"linux", "FILE://LocalHost/a", "/a", ""},
		{"linux", "file:///c%3A/x", "/c:/x", ""},
		{"linux", `file:///a\b`, `/a\b`, ""},
		{"linux", "file:///%FF.py", "/\xff.py", ""},
		{"linux", "file://server/share/x", "", "is on another machine"},
		{"linux", "file://a", "", "has no path"},
		{"linux", "file:", "", "has no absolute path"},
		{"linux", "file:a.py", "", "has no absolute path"},
		{"linux", "file:///a%00b", "", "has a NUL in its path"},
		{"linux", "file:///a%2", "", "has a broken percent escape"},
		{"linux", "file:///a%", "", "has a broken percent escape"},
		{"linux", "file:///a%g0", "", "has a broken percent escape"},
		{"linux", "file:///a% 0", "", "has a broken percent escape"},
		{"linux", "file://a%2Fb/c", "", "has a separator in its host"},
		{"linux", "", "", "is not a URI"},
		{"linux", "/home/a.py", "", "is not a URI"},
		{"linux", "1a:b", "", "is not a URI"},
		{"linux", ":a", "", "is not a URI"},
		{"linux", "a b:c", "", "is not a URI"},
		{"linux", "untitled:Untitled-1", "", `has the scheme "untitled": only file: is read from disk`},
		{"linux", "vscode-remote://ssh-remote%2Bhost/a.py", "", `has the scheme "vscode-remote": only file: is read from disk`},
		{"linux", "git:/a.py?%7B%22ref%22%3A%22%22%7D", "", `has the scheme "git": only file: is read from disk`},
		{"linux", "vscode-notebook-cell:/a.ipynb#1", "", `has the scheme "vscode-notebook-cell": only file: is read from disk`},

		{"windows", "file:///c%3A/Users/a/server.py", `C:\Users\a\server.py`, ""},
		{"windows", "file:///C:/a/../b", `C:\b`, ""},
		{"windows", `file:///c:\a\b`, `C:\a\b`, ""},
		{"windows", "file:///c:", `C:\`, ""},
		{"windows", "file:///c:/", `C:\`, ""},
		{"windows", "file:///c:/..", "", "has no drive"},
		{"windows", "file:///c:a", "", "has no drive"},
		{"windows", "file:///home/a", "", "has no drive"},
		{"windows", "file:///", "", "has no drive"},
		{"windows", "c:/x", "", "is a path, not a URI"},
		{"windows", "file://server/share/a%20b", `\\server\share\a b`, ""},
		{"windows", "file://wsl%24/Debian/a", `\\wsl$\Debian\a`, ""},
		{"windows", "file:////server/share/a", `\\server\share\a`, ""},
		{"windows", "file://server/share/../../x", `\\server\x`, ""},
		{"windows", "file://server/", "", "names a machine without a share"},
		{"windows", "file://./pipe/x", "", "names a device"},
		{"windows", "file:////%3F/C:/x", "", "names a device"},
		{"windows", "untitled:a", "", `has the scheme "untitled": only file: is read from disk`},
		{"darwin", "file:///Users/a%CC%81.py", "/Users/a\u0301.py", ""},
	} {
		got, err := pathOf(c.uri, c.goos)
		if c.err != "" {
			if err == nil || !strings.HasSuffix(err.Error(), c.err) || !strings.Contains(err.Error(), c.uri) {
				t.Errorf("%s %q: %q, error %v, want %q", c.goos, c.uri, got, err, c.err)
			}
		} else if err != nil || got != c.path {
			t.Errorf("%s %q: %q, error %v, want %q", c.goos, c.uri, got, err, c.path)
		}
		var scheme *SchemeError
		if errors.As(err, &scheme) != strings.Contains(c.err, "scheme") {
			t.Errorf("%s %q: error %T", c.goos, c.uri, err)
		}
	}
}

func TestURIOf(t *testing.T) {
	for _, c := range []struct{ goos, path, uri string }{
		{"linux", "/home/a/server.py", "file:///home/a/server.py"},
		{"linux", "/a b/é#?%.py", "file:///a%20b/%C3%A9%23%3F%25.py"},
		{"linux", "/c:/x", "file:///c%3A/x"},
		{"linux", "/", "file:///"},
		{"linux", `/a\b`, "file:///a%5Cb"},
		{"windows", `C:\Users\a b`, "file:///C:/Users/a%20b"},
		{"windows", "c:/x", "file:///c:/x"},
		{"windows", `\\server\share\x`, "file://server/share/x"},
		{"windows", `\\?\C:\x`, "file:///C:/x"},
		{"windows", `\\?\UNC\server\share\x`, "file://server/share/x"},
	} {
		if got := uriOf(c.path, c.goos); got != c.uri {
			t.Errorf("%s %q: %q, want %q", c.goos, c.path, got, c.uri)
		}
	}
}

// A URI from anywhere gives a path or an error, and a path comes back from its URI.
func FuzzURI(f *testing.F) {
	for _, s := range []string{"file:///c%3A/x", "file://server/share/x", "untitled:a", "/a b/é", `C:\x`, "file:////", "%", "file://%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, goos := range []string{"linux", "windows"} {
			p, err := pathOf(s, goos)
			if (err == nil) == (p == "") {
				t.Fatalf("%s %q: path %q, error %v", goos, s, p, err)
			}
			if err == nil {
				if again, err := pathOf(uriOf(p, goos), goos); err != nil || again != p {
					t.Errorf("%s %q: path %q, and back %q, error %v", goos, s, p, again, err)
				}
			}
		}
		if p := path.Clean("/" + s); !strings.Contains(p, "\x00") {
			if got, err := pathOf(uriOf(p, "linux"), "linux"); err != nil || got != p {
				t.Errorf("%q comes back as %q, error %v", p, got, err)
			}
		}
	})
}
