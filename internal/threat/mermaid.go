package threat

// mermaid.go writes a picture in Mermaid, which GitHub, GitLab and many editors draw
// where it stands in Markdown.

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mcpaudit/internal/markup"
)

// Mermaid writes the picture as a flowchart, without the fence around it.
func (p *Picture) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, box := range p.Actors {
		fmt.Fprintf(&b, "  %s([%s])\n", box.ID, mermaidLabel(box))
	}
	if len(p.Entries) == 0 { // a boundary has to hold something
		p = &Picture{Title: p.Title, Actors: p.Actors, Entries: []*Box{{ID: "nothing", Name: "nothing that was seen"}}, Inside: p.Inside, Outside: p.Outside, Arrows: p.Arrows}
	}
	zone := func(id, name string, boxes []*Box) {
		if len(boxes) == 0 {
			return
		}
		fmt.Fprintf(&b, "  subgraph %s [\"%s\"]\n", id, mermaidText(name))
		for _, box := range boxes {
			fmt.Fprintf(&b, "    %s[%s]\n", box.ID, mermaidLabel(box))
		}
		b.WriteString("  end\n")
	}
	zone("server", p.Title+": trusted, what comes in is not", p.Entries)
	zone("rights", "reached with the server's own rights", p.Inside)
	zone("elsewhere", "elsewhere", p.Outside)
	for i, a := range p.Arrows {
		to, line := "server", "-->"
		if a.To != nil {
			to = a.To.ID
		}
		if a.Worst.Scored {
			line = "==>"
		}
		if a.Label != "" {
			fmt.Fprintf(&b, "  %s %s|\"%s\"| %s\n", a.From.ID, line, mermaidText(a.Label), to)
		} else {
			fmt.Fprintf(&b, "  %s %s %s\n", a.From.ID, line, to)
		}
		if a.Worst.Scored {
			fmt.Fprintf(&b, "  linkStyle %d stroke:%s\n", i, bandStrokes[letter(a.Worst)])
		}
	}
	for _, l := range []string{"c", "h", "m", "l"} {
		var ids []string
		for _, box := range slices.Concat(p.Entries, p.Inside, p.Outside) {
			if box.Worst.Scored && letter(box.Worst) == l {
				ids = append(ids, box.ID)
			}
		}
		if len(ids) > 0 {
			fmt.Fprintf(&b, "  classDef band%s stroke:%s,stroke-width:3px\n  class %s band%s\n", l, bandStrokes[l], strings.Join(ids, ","), l)
		}
	}
	for _, id := range []struct {
		name  string
		boxes []*Box
	}{{"server", p.Entries}, {"rights", p.Inside}, {"elsewhere", p.Outside}} {
		if len(id.boxes) > 0 {
			fmt.Fprintf(&b, "  style %s fill:none,stroke-dasharray:6 4\n", id.name)
		}
	}
	return b.String()
}

// bandStrokes are colours that stand out on white and on black.
var bandStrokes = map[string]string{"c": "#d6264e", "h": "#d9620c", "m": "#b08000", "l": "#4a86c5", "n": "#7a8794"}

// mermaidLabel gives what stands in a box: kind and name, notes, score.
func mermaidLabel(box *Box) string {
	lines := []string{"<b>" + mermaidText(strings.TrimSpace(box.Kind+" "+box.Name)) + "</b>"}
	for _, n := range box.Notes {
		if n != "" {
			lines = append(lines, mermaidText(n))
		}
	}
	if box.Worst.Scored {
		lines = append(lines, fmt.Sprintf("<b>%s %s</b>", box.Worst.AIVSS, box.Worst.Band))
	}
	return `"` + strings.Join(lines, "<br/>") + `"`
}

// maxLabel is the longest name in Mermaid, in characters.
const maxLabel = 60

// mermaidText writes text so that it means nothing to Mermaid, nor to the HTML that it
// makes: letters, digits and spaces stay, all else becomes a character's number.
func mermaidText(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range markup.Plain(s) {
		if n++; n > maxLabel {
			b.WriteString("…")
			break
		}
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" ,._·…", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
