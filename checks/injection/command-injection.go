package injection

import (
	"fmt"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// endOfOptions are programs in which -- only ends the options, whatever they do.
var endOfOptions = []string{
	"cat", "cp", "df", "du", "file", "grep", "head", "ls", "mkdir", "mv", "ping", "rm", "rmdir", "sha256sum", "sort", "stat", "tail", "touch", "wc",
}

// shellToList passes the words of a command as a list, without a shell. It does
// so only where the fixed text uses nothing of a shell but blanks and quotes.
// It is not preferred: a value that held several words becomes one.
func shellToList(p *rule.Pass, f *rule.Finding) []rule.Fix {
	c, ok := callAt(p, f)
	if !ok || len(c.Value.Args) == 0 {
		return nil
	}
	switch c.Name() {
	case "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen":
	default:
		return nil
	}
	shell := c.Keyword("shell")
	if shell == nil || shell.X == nil || shell.X.Const != program.ConstBool || c.Text(shell.X) != "True" {
		return nil
	}
	command := c.Value.Args[0]
	if command == nil || command.Op != program.OpTemplate || command.X != nil {
		return nil
	}
	w := words{Call: c, template: command}
	if !w.split() || slices.ContainsFunc(w.done, mixesQuotes) {
		return nil
	}
	list := "[" + strings.Join(w.quoted(), ", ") + "]"
	return []rule.Fix{{
		Title: "Pass the words as a list, without a shell",
		Edits: []rule.Edit{c.Replace(c.At(command), list), c.Without(shell)},
	}}
}

// piece is a part of a word: fixed text, or the source of a value.
type piece struct {
	text  string
	value bool
}

// words splits a command as a shell would.
type words struct {
	rule.Call
	template *program.Value
	done     [][]piece
	word     []piece
	quote    rune
	started  bool // a word has begun, perhaps with nothing in it yet
}

func (w *words) split() bool {
	raw := w.Text(w.template)
	for _, part := range w.template.Args {
		switch {
		case part == nil:
			return false
		case part.Op == program.OpConst:
			if !w.fixed(part.Str) {
				return false
			}
		default:
			from, to := int(part.Span.Start-w.template.Span.Start)-1, int(part.Span.End-w.template.Span.Start)
			if from < 0 || to >= len(raw) || raw[from] != '{' || raw[to] != '}' {
				return false // a format or a conversion of the value
			}
			w.word = append(w.word, piece{w.Text(part), true})
			w.started = true
		}
	}
	if w.quote != 0 {
		return false
	}
	w.end()
	return len(w.done) > 0 && len(w.done[0]) == 1 && !w.done[0][0].value
}

func (w *words) fixed(text string) bool {
	for _, r := range text {
		switch {
		case w.quote != 0 && r == w.quote:
			w.quote = 0
		case w.quote == '"' && strings.ContainsRune("$`\\", r):
			return false
		case w.quote != 0:
			w.add(r)
		case r == '"' || r == '\'':
			w.quote, w.started = r, true
		case r == ' ':
			w.end()
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_./:=,@%+-", r):
			w.add(r)
		default:
			return false
		}
	}
	return true
}

func (w *words) add(r rune) {
	w.started = true
	if n := len(w.word); n > 0 && !w.word[n-1].value {
		w.word[n-1].text += string(r)
		return
	}
	w.word = append(w.word, piece{string(r), false})
}

func (w *words) end() {
	if w.started {
		w.done = append(w.done, w.word)
	}
	w.word, w.started = nil, false
}

// quoted gives the words as Python writes them, with -- before the first that
// outsiders can begin, where the program is known to understand it.
func (w *words) quoted() []string {
	var list []string
	ended := !slices.Contains(endOfOptions, w.done[0][0].text)
	for i, word := range w.done {
		if len(word) == 1 && word[0].text == "--" {
			ended = true
		}
		if !ended && len(word) > 0 && word[0].value && !w.optionAfter(i) {
			list, ended = append(list, `"--"`), true
		}
		list = append(list, literal(word))
	}
	return list
}

func (w *words) optionAfter(i int) bool {
	return slices.ContainsFunc(w.done[i+1:], func(word []piece) bool {
		return len(word) > 0 && !word[0].value && strings.HasPrefix(word[0].text, "-")
	})
}

// mixesQuotes reports whether a word would need quotes within an f-string.
func mixesQuotes(word []piece) bool {
	return len(word) > 1 && slices.ContainsFunc(word, func(p piece) bool { return p.value && strings.ContainsAny(p.text, "\"\\\n") })
}

// literal gives a word as Python writes it.
func literal(word []piece) string {
	switch {
	case len(word) == 0:
		return `""`
	case len(word) == 1 && word[0].value:
		return word[0].text
	case len(word) == 1:
		return fmt.Sprintf("%q", word[0].text)
	}
	var b strings.Builder
	b.WriteString(`f"`)
	for _, p := range word {
		if p.value {
			b.WriteString("{" + p.text + "}")
		} else {
			b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "{", "{{", "}", "}}").Replace(p.text))
		}
	}
	return b.String() + `"`
}
