package flow

// names.go makes canonical names of modules, in the terms of program.Canonical.

import "strings"

// sameModules are modules under the name by which the models know what they hold.
var sameModules = map[string]string{"posixpath": "os.path", "ntpath": "os.path", "path/posix": "path", "path/win32": "path"}

// canonicalModule gives the name of a module: without the prefix node:, and
// without the major version that ends a Go module's path.
func canonicalModule(module string, golang bool) string {
	if !golang {
		module = strings.TrimPrefix(module, "node:")
		if same, ok := sameModules[module]; ok {
			return same
		}
		return module
	}
	if i := strings.LastIndex(module, ".v"); i > 0 && digits(module[i+2:]) {
		return module[:i]
	}
	if i := strings.LastIndex(module, "/v"); i > 0 && digits(module[i+2:]) {
		return module[:i]
	}
	if i := strings.Index(module, "/v"); i > 0 {
		if j := strings.IndexByte(module[i+2:], '/'); j > 0 && digits(module[i+2:i+2+j]) {
			return module[:i] + module[i+2+j:]
		}
	}
	return module
}

// ownModule reports whether a canonical name is of a module of the program
// itself: a relative import, or a package that the file's own path names.
func (u *unit) ownModule(name string) bool {
	if strings.HasPrefix(name, ".") {
		return true
	}
	if u.golang {
		parts := strings.Split(name, "/")
		return len(parts) > 3 && strings.Contains(u.file.Path, "/"+parts[2]+"/")
	}
	if !u.python {
		return strings.HasPrefix(name, "@/") || strings.HasPrefix(name, "~/") || strings.HasPrefix(name, "#")
	}
	first, _, _ := strings.Cut(name, ".")
	return first != "" && strings.Contains(u.file.Path, "/"+first+"/")
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// memberOfModule gives the name of a member. The two names that Node's promise
// modules have are made one, and a default export is the module itself.
func memberOfModule(module, name string) string {
	switch {
	case name == "promises" && (module == "fs" || module == "dns" || module == "stream" || module == "timers"):
		return module + "/promises"
	case name == "default":
		return module
	}
	return module + "." + name
}
