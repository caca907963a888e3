package tools

import (
	"slices"
	"strings"
	"unicode"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// wellKnown are names of tools and servers that users and models know.
var wellKnown = strings.Fields(`bash shell read_file write_file edit_file create_file delete_file list_directory list_files search_files run_command execute_command
	run_terminal_cmd execute_sql run_query query web_search web_fetch fetch search create_issue create_pull_request get_file_contents push_files send_message send_email
	post_message memory filesystem github gitlab slack notion linear stripe anthropic openai claude google gmail docker kubernetes playwright puppeteer postgres sqlite
	browser_navigate browser_click read_text_file list_issues search_code get_issue add_observations read_graph`)

// twins are letters of other scripts, and digits, that look like a letter of the Latin alphabet.
var twins = map[rune]rune{
	'а': 'a', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'і': 'i', 'ј': 'j', 'ӏ': 'l', 'о': 'o', 'р': 'p', 'ѕ': 's', 'ѵ': 'v', 'х': 'x', 'у': 'y',
	'ԛ': 'q', 'ԝ': 'w', 'к': 'k', 'м': 'm', 'т': 't', 'п': 'n', 'α': 'a', 'ο': 'o', 'ν': 'v', 'ρ': 'p', 'ι': 'i', 'κ': 'k', 'υ': 'u', 'ı': 'i', 'ɡ': 'g', 'ⅼ': 'l',
	'А': 'A', 'В': 'B', 'С': 'C', 'Е': 'E', 'Н': 'H', 'І': 'I', 'К': 'K', 'М': 'M', 'О': 'O', 'Р': 'P', 'Ѕ': 'S', 'Т': 'T', 'Х': 'X', 'Υ': 'Y',
	'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Χ': 'X',
}

// lookAlikeToolName reports names of tools and of the server that are written with
// letters which only look like those of another name.
func lookAlikeToolName(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		if plain, odd := looksLike(e.Name); plain != "" && (e.Kind == mcp.Tool || e.Kind == mcp.Prompt) {
			at, ok := written(p, e)
			if !ok {
				at = e.NameSpan
			}
			reportLookAlike(p, at, e.Name, plain, odd)
		}
	}
	for i := range p.Facts.Servers {
		s := &p.Facts.Servers[i]
		if plain, odd := looksLike(s.Name); plain != "" {
			reportLookAlike(p, s.Span, s.Name, plain, odd)
		}
	}
}

func reportLookAlike(p *rule.Pass, at source.Span, name, plain, odd string) {
	p.Report(rule.Finding{
		Span: at, Tool: plain, Sink: odd,
		Fixes: []rule.Fix{{Title: "Write it with plain letters", Edits: renamed(p, name, plain)[0].Edits}},
	})
}

// looksLike gives the name that another looks like, and the letters that are not what
// they seem; "" where it is what it looks like.
func looksLike(name string) (plain, odd string) {
	if ascii(name) {
		return digits(name)
	}
	latin, twin, mixed := false, false, false // in the word that is being read
	var out strings.Builder
	for _, r := range name {
		like, isTwin := twins[r]
		switch {
		case isTwin:
			r, twin = like, true
			if !strings.ContainsRune(odd, like) {
				odd += string(like)
			}
		case r >= 0x80:
			return "", ""
		case unicode.IsLetter(r):
			latin = true
		default:
			latin, twin = false, false
		}
		mixed = mixed || latin && twin
		out.WriteRune(r)
	}
	if !mixed && !slices.Contains(wellKnown, out.String()) {
		return "", "" // words of another language
	}
	return out.String(), odd
}

// digits gives the well-known name that a name becomes when digits are read as letters.
func digits(name string) (plain, odd string) {
	if !strings.ContainsAny(name, "015") {
		return "", ""
	}
	for _, one := range []string{"l", "i"} {
		plain = strings.NewReplacer("0", "o", "1", one, "5", "s").Replace(name)
		if slices.Contains(wellKnown, plain) {
			for _, c := range "015" {
				if strings.ContainsRune(name, c) {
					odd += string(c)
				}
			}
			return plain, odd
		}
	}
	return "", ""
}
