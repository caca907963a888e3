package mcp

// words.go gives, for each language, the last names of the calls worth a look.

import "mcpaudit/internal/source"

func wordsOf(l source.Language) map[string]bool {
	switch {
	case l == source.Python:
		return pythonWords
	case l.ECMAScript():
		return ecmaWords
	case l == source.Go:
		return goWords
	}
	return nil
}
