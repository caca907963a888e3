package program

// outline.go finds which modules a text imports without parsing it, so that the
// files of a program can be told apart cheaply. It may name a module too many, such
// as one in a comment, and leaves out none that a usual text imports.

import (
	"strings"

	"mcpaudit/internal/source"
)

// Imported gives the modules that a text names in its imports, as Resolve takes
// them. Python's `from m import n` gives m and m.n.
func Imported(lang source.Language, text string) []string {
	switch {
	case lang == source.Python:
		return pythonImported(text)
	case lang == source.Go:
		return goImported(text)
	case lang.ECMAScript():
		return ecmaImported(text)
	}
	return nil
}

func pythonImported(text string) []string {
	var out []string
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimLeft(line, " \t")
		if rest, ok := strings.CutPrefix(line, "import "); ok {
			for _, m := range strings.Split(rest, ",") {
				if fields := strings.Fields(m); len(fields) > 0 {
					out = append(out, fields[0])
					for i := range fields[0] {
						if fields[0][i] == '.' {
							out = append(out, fields[0][:i])
						}
					}
				}
			}
			continue
		}
		rest, ok := strings.CutPrefix(line, "from ")
		if !ok {
			continue
		}
		module, names, ok := strings.Cut(rest, " import")
		if !ok {
			continue
		}
		module = strings.TrimSpace(module)
		out = append(out, module)
		if strings.Contains(names, "(") && !strings.Contains(names, ")") {
			more, after, _ := strings.Cut(text, ")")
			names, text = names+" "+more, after
		}
		for _, n := range strings.FieldsFunc(names, func(r rune) bool { return strings.ContainsRune(" ,()\n\r\t\\", r) }) {
			out = append(out, submodule(module, n))
		}
	}
	return out
}

func goImported(text string) []string {
	var out []string
	block := false
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "import"):
			block = strings.Contains(line, "(")
		case strings.HasPrefix(line, "func ") || strings.HasPrefix(line, "type "):
			return out
		case !block:
			continue
		case line == ")":
			block = false
			continue
		}
		if _, rest, ok := strings.Cut(line, `"`); ok {
			if m, _, ok := strings.Cut(rest, `"`); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

// ecmaWords stand before the module of an import.
var ecmaWords = []string{"from", "import", "require"}

func ecmaImported(text string) []string {
	var out []string
	for _, word := range ecmaWords {
		rest := text
		for {
			i := strings.Index(rest, word)
			if i < 0 {
				break
			}
			rest = rest[i+len(word):]
			at := strings.TrimLeft(rest[:min(len(rest), 64)], " \t(\n\r")
			if at == "" || at[0] != '"' && at[0] != '\'' {
				continue
			}
			from := rest[strings.IndexByte(rest, at[0])+1:]
			if end := strings.IndexAny(from[:min(len(from), 512)], "\"'\n"); end > 0 {
				out = append(out, from[:end])
			}
		}
	}
	return out
}
