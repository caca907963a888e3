package threat

// problem.go collects what is wrong with a file of the threat model.

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/config"
)

// maxProblems bounds what is told of one file.
const maxProblems = 100

type problems struct {
	path string
	list []Problem
}

func (p *problems) add(line, column, end int, s Severity, code, text string) {
	if len(p.list) < maxProblems {
		p.list = append(p.list, Problem{Path: p.path, Line: line, Column: column, EndColumn: end, Severity: s, Code: code, Text: text})
	}
}

// at tells something about a node.
func (p *problems) at(n *yaml.Node, s Severity, code, text string) {
	end := 0
	if n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "\n") {
		end = n.Column + len(n.Value)
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			end += 2
		}
	}
	p.add(n.Line, n.Column, end, s, code, text)
}

// unknownKey tells of a key that means nothing, and what was probably meant.
func (p *problems) unknownKey(key *yaml.Node, known []string) {
	text := fmt.Sprintf("There is no key %q here: want one of %s.", key.Value, strings.Join(known, ", "))
	if near := config.Nearest(key.Value, known); near != "" {
		text = fmt.Sprintf("There is no key %q here: did you mean %s?", key.Value, near)
	}
	p.at(key, Warning, "unknown-key", text)
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// yamlError tells of a text that is no YAML.
func (p *problems) yamlError(err error) {
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	p.add(line, 0, 0, Error, "not-yaml", "This cannot be read as YAML ("+text+"). Until it is mended, nothing is read or written here.")
}
