package source

// uri.go turns the URIs that editors speak of into paths and back, as RFC 8089
// and the habits of editors have it.

import (
	"fmt"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// SchemeError says that a URI is not one of a file on this machine.
type SchemeError struct{ URI, Scheme string }

// Error names the scheme.
func (e *SchemeError) Error() string {
	return fmt.Sprintf("%.200q has the scheme %.50q: only file: is read from disk", e.URI, e.Scheme)
}

// PathOf gives the path of a file: URI, clean and as the operating system writes
// it, with a Windows drive in upper case. "#" and "?" stand for themselves, since
// a file has neither query nor fragment and some editors leave them unescaped. A
// URI of another scheme gives a *SchemeError; one that names no file says why.
func PathOf(uri string) (string, error) { return pathOf(uri, runtime.GOOS) }

// URIOf gives the file: URI of an absolute path.
func URIOf(path string) string { return uriOf(path, runtime.GOOS) }

func pathOf(uri, goos string) (string, error) {
	fail := func(why string) (string, error) { return "", fmt.Errorf("%.200q %s", uri, why) }
	scheme, rest, ok := strings.Cut(uri, ":")
	switch {
	case !ok || !isScheme(scheme):
		return fail("is not a URI")
	case len(scheme) == 1:
		return fail("is a path, not a URI")
	case !strings.EqualFold(scheme, "file"):
		return "", &SchemeError{uri, strings.ToLower(scheme)}
	case !strings.HasPrefix(rest, "/"):
		return fail("has no absolute path")
	}
	host := ""
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		host, rest = after, ""
		if i := strings.IndexByte(after, '/'); i >= 0 {
			host, rest = after[:i], after[i:]
		}
	}
	host, ok1 := unescape(host)
	rest, ok2 := unescape(rest)
	switch {
	case !ok1 || !ok2:
		return fail("has a broken percent escape")
	case strings.Contains(host+rest, "\x00"):
		return fail("has a NUL in its path")
	case strings.ContainsAny(host, `/\`):
		return fail("has a separator in its host")
	case rest == "":
		return fail("has no path")
	}
	if strings.EqualFold(host, "localhost") {
		host = ""
	}
	if goos == "windows" {
		return windowsPath(host, rest, fail)
	}
	if host != "" {
		return fail("is on another machine")
	}
	return path.Clean(rest), nil
}

func windowsPath(host, rest string, fail func(string) (string, error)) (string, error) {
	rest = strings.ReplaceAll(rest, `\`, "/")
	if share, ok := strings.CutPrefix(rest, "//"); ok && host == "" {
		// file:////server/share/x, the older way to write a share.
		host, rest, _ = strings.Cut(share, "/")
		rest = "/" + rest
	}
	rest = path.Clean(rest)
	switch {
	case host == "." || host == "?":
		return fail("names a device")
	case host != "" && rest == "/":
		return fail("names a machine without a share")
	case host != "":
		return `\\` + host + strings.ReplaceAll(rest, "/", `\`), nil
	case !hasDrive(rest[1:]):
		return fail("has no drive")
	}
	drive, rest := strings.ToUpper(rest[1:2]), rest[3:]
	return drive + ":" + strings.ReplaceAll("/"+strings.TrimPrefix(rest, "/"), "/", `\`), nil
}

func uriOf(p, goos string) string {
	host := ""
	if goos == "windows" {
		p = strings.ReplaceAll(p, `\`, "/")
		if long, ok := strings.CutPrefix(p, "//?/"); ok {
			p = long
			if share, ok := strings.CutPrefix(long, "UNC/"); ok {
				p = "//" + share
			}
		}
		if share, ok := strings.CutPrefix(p, "//"); ok {
			host, p, _ = strings.Cut(share, "/")
		} else if hasDrive(p) {
			return "file:///" + p[:2] + escape(p[2:])
		}
	}
	return "file://" + escape(host) + "/" + escape(strings.TrimPrefix(p, "/"))
}

// isScheme reports whether s is the scheme of a URI, by RFC 3986.
func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
				return false
			}
		}
	}
	return s != ""
}

// hasDrive reports whether a path with slashes starts with a Windows drive.
func hasDrive(p string) bool {
	return len(p) >= 2 && p[0]|0x20 >= 'a' && p[0]|0x20 <= 'z' && p[1] == ':' && (len(p) == 2 || p[2] == '/')
}

func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b = append(b, byte(c))
		i += 2
	}
	return string(b), true
}

// escape leaves the unreserved characters of RFC 3986 and the slash.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
