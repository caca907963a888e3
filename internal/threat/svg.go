package threat

// svg.go draws a picture as SVG that stands for itself: no script, no font and no link
// from elsewhere, in the reader's light or dark theme.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/markup"
)

// Theme is how a drawing is coloured.
type Theme string

// The themes. Auto follows the reader's.
const (
	Auto  Theme = "auto"
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Themes lists the themes.
var Themes = []Theme{Auto, Light, Dark}

// The measures of the drawing, in pixels.
const (
	svgWidth  = 1040
	actorX    = 20
	actorW    = 206
	serverX   = 292 // of the boundary around the server
	serverW   = 366
	reachX    = 762 // of the boundaries around what it reaches
	reachW    = 258
	pad       = 14 // between a boundary and its boxes
	between   = 10 // boxes
	labelH    = 26 // the name of a boundary
	lineH     = 15 // a note
	entryH    = 46
	arrowStep = 15 // between the ends of arrows at one box
)

var lightColours = `.bg{fill:#fff}.t{fill:#16202b}.m{fill:#56616d}.w{fill:#9f1239}.b{fill:#f6f8fa;stroke:#c3ccd6}.z{fill:none;stroke:#7a8794}` +
	`.l{stroke:#b4bec9}.lc{stroke:#9f1239}.lh{stroke:#c2410c}.lm{stroke:#8a5a00}.ll{stroke:#2f5f8f}` +
	`.fl{fill:#b4bec9}.flc{fill:#9f1239}.flh{fill:#c2410c}.flm{fill:#8a5a00}.fll{fill:#2f5f8f}`

var darkColours = `.bg{fill:#0f151b}.t{fill:#e8ecf0}.m{fill:#a3aeb9}.w{fill:#ff8aa3}.b{fill:#19222b;stroke:#3a4856}.z{fill:none;stroke:#7d8b99}` +
	`.l{stroke:#5d6d7c}.lc{stroke:#ff6f91}.lh{stroke:#ff9457}.lm{stroke:#e3b341}.ll{stroke:#79b0ea}` +
	`.fl{fill:#5d6d7c}.flc{fill:#ff6f91}.flh{fill:#ff9457}.flm{fill:#e3b341}.fll{fill:#79b0ea}`

// Chips have the same colours in both themes: white stands out on each of them.
const chipColours = `.cc{fill:#9f1239}.ch{fill:#b93c0b}.cm{fill:#855600}.cl{fill:#2f5f8f}.cn{fill:#5b6672}.ct{fill:#fff}`

func (t Theme) style() string {
	shared := `text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}.b{stroke-width:1}.z{stroke-width:1.2;stroke-dasharray:6 4}` +
		`.l{stroke-width:1;fill:none}.f{stroke-width:2.4;fill:none}` + chipColours
	switch t {
	case Light:
		return shared + lightColours
	case Dark:
		return shared + darkColours
	}
	return shared + lightColours + `@media (prefers-color-scheme:dark){` + darkColours + `}`
}

// letter names the classes of a band: c, h, m, l, n.
func letter(s aivss.Score) string {
	if !s.Scored || s.Band == aivss.None {
		return "n"
	}
	return strings.ToLower(s.Band.String()[:1])
}

// rect is where a box stands.
type rect struct{ x, y, w, h int }

func (r rect) bottom() int { return r.y + r.h }

// svg is a drawing in the making.
type svg struct {
	strings.Builder
	at map[*Box]rect
}

// SVG draws the picture.
func (p *Picture) SVG(theme Theme) string {
	d := &svg{at: map[*Box]rect{}}
	top := 80
	if p.Warning != "" {
		top += 22
	}
	server := rect{serverX, top, serverW, 0}
	server.h = d.column(p, p.Entries, server)
	inside, outside := rect{reachX, top, reachW, 0}, rect{reachX, top, reachW, 0}
	inside.h, outside.h = d.column(p, p.Inside, inside), d.column(p, p.Outside, outside)
	// The two regions stand one above the other, side by side with the middle of what
	// reaches them.
	gap := 18
	if inside.h == 0 || outside.h == 0 {
		gap = 0
	}
	start := top + max(0, (server.h-inside.h-gap-outside.h)/2)
	d.move(p.Inside, start-top)
	inside.y = start
	d.move(p.Outside, start+inside.h+gap-top)
	outside.y = start + inside.h + gap
	bottom := max(server.bottom(), inside.bottom(), outside.bottom())
	d.actors(p, top+labelH)
	for _, b := range p.Actors {
		bottom = max(bottom, d.at[b].bottom())
	}
	height := bottom + 64
	d.open(p, theme, height)
	d.zone(server, "the server: trusted, what comes in is not")
	d.zone(inside, "reached with the server's own rights")
	d.zone(outside, "elsewhere")
	d.arrows(p, server)
	for _, b := range slices.Concat(p.Actors, p.Entries, p.Inside, p.Outside) {
		d.box(b)
	}
	d.labels(p)
	d.legend(p, bottom+22)
	d.WriteString("</svg>\n")
	return d.String()
}

// column stacks boxes in a boundary and gives its height, 0 without boxes.
func (d *svg) column(p *Picture, boxes []*Box, zone rect) int {
	if len(boxes) == 0 {
		return 0
	}
	y := zone.y + labelH
	for _, b := range boxes {
		h := d.height(p, b)
		d.at[b] = rect{zone.x + pad, y, zone.w - 2*pad, h}
		y += h + between
	}
	return y - between + pad - zone.y
}

// height gives what a box needs: its lines, and room for the arrows that begin or end.
func (d *svg) height(p *Picture, b *Box) int {
	begin, end := 0, 0
	for _, a := range p.Arrows {
		if a.From == b {
			begin++
		}
		if a.To == b && a.Worst.Scored {
			end++
		}
	}
	notes := 0
	for _, n := range b.Notes {
		if n != "" {
			notes++
		}
	}
	return max(16+16+lineH*notes, entryH, begin*arrowStep+8, end*6+8)
}

func (d *svg) move(boxes []*Box, by int) {
	for _, b := range boxes {
		r := d.at[b]
		r.y += by
		d.at[b] = r
	}
}

// actors stacks who reaches the server, each with how as its last note.
func (d *svg) actors(p *Picture, y int) {
	for _, b := range p.Actors {
		h := 32 + lineH*len(b.Notes)
		for _, a := range p.Arrows {
			if a.From == b && a.Label != "" {
				h += lineH
			}
		}
		d.at[b] = rect{actorX, y, actorW, h}
		y += h + 4*between
	}
}

// open begins the drawing, with words for those who cannot see it.
func (d *svg) open(p *Picture, theme Theme, height int) {
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`+"\n", svgWidth, height, svgWidth, height)
	fmt.Fprintf(d, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", markup.XML(clipped("Threat model of "+p.Title)), markup.XML(p.Words()))
	fmt.Fprintf(d, "<style>%s</style>\n<rect class=\"bg\" width=\"100%%\" height=\"100%%\"/>\n", theme.style())
	d.text(actorX, 34, svgWidth-2*actorX, 20, "t", "700", p.Title)
	d.text(actorX, 57, svgWidth-2*actorX, 13, "m", "400", p.Subtitle)
	if p.Warning != "" {
		d.text(actorX, 79, svgWidth-2*actorX, 13, "w", "600", p.Warning)
	}
}

// Words says what the picture shows.
func (p *Picture) Words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.", p.Subtitle)
	if p.Warning != "" {
		b.WriteString(" " + p.Warning)
	}
	for _, box := range p.Entries {
		fmt.Fprintf(&b, " %s %s: %s", box.Kind, clipped(box.Name), clipped(strings.Join(box.Notes, ", ")))
		if box.Worst.Scored {
			fmt.Fprintf(&b, ", worst finding %s %s", box.Worst.AIVSS, box.Worst.Band)
		}
		b.WriteByte('.')
	}
	return b.String()
}

// maxText is the longest text that is kept where its width does not bound it.
const maxText = 200

func clipped(s string) string {
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText]) + "…"
	}
	return s
}

// fit cuts text to a width in pixels, counting on rather broad letters.
func fit(s string, width, size int, bold bool) string {
	broad := 54 // hundredths of the size
	if bold {
		broad = 62
	}
	columns := width * 100 / (size * broad)
	if runewidth.StringWidth(s) <= columns {
		return s
	}
	return runewidth.Truncate(s, columns, "…")
}

// text writes one line, cut to a width, with the whole of it for those who point at it.
func (d *svg) text(x, y, width, size int, class, weight, s string) {
	plain := markup.Plain(s)
	cut := fit(plain, width, size, weight != "400")
	fmt.Fprintf(d, `<text x="%d" y="%d" font-size="%d" font-weight="%s" class="%s">`, x, y, size, weight, class)
	if cut != plain {
		fmt.Fprintf(d, "<title>%s</title>", markup.XML(clipped(s)))
	}
	fmt.Fprintf(d, "%s</text>\n", markup.XML(cut))
}

func (d *svg) zone(r rect, name string) {
	if r.h == 0 {
		return
	}
	fmt.Fprintf(d, `<rect class="z" x="%d" y="%d" width="%d" height="%d" rx="10"/>`+"\n", r.x, r.y, r.w, r.h)
	d.text(r.x+pad, r.y+17, r.w-2*pad, 11, "m", "400", name)
}

// box draws a box: what it is and its name, its notes, and its worst score.
func (d *svg) box(b *Box) {
	r, ok := d.at[b]
	if !ok {
		return
	}
	fmt.Fprintf(d, `<rect class="b" x="%d" y="%d" width="%d" height="%d" rx="6"/>`+"\n", r.x, r.y, r.w, r.h)
	room := r.w - 20
	switch {
	case b.Worst.Scored:
		room -= 92
		d.chip(r.x+r.w-94, r.y+7, 86, 18, 11, letter(b.Worst), fmt.Sprintf("%s %s", b.Worst.AIVSS, b.Worst.Band))
	case b.Count > 0:
		room -= 62
		d.chip(r.x+r.w-64, r.y+7, 56, 18, 11, "n", count(b.Count, "note"))
	}
	x := r.x + 10
	if kind := b.Kind; kind != "" {
		d.text(x, r.y+20, room, 11, "m", "400", kind)
		x += runewidth.StringWidth(kind)*11*54/100 + 8
	}
	d.text(x, r.y+20, r.x+10+room-x, 14, "t", "600", b.Name)
	y := r.y + 21 + lineH
	for _, n := range b.Notes {
		if n != "" {
			d.text(r.x+10, y, r.w-20, 12, "m", "400", n)
			y += lineH
		}
	}
}

// chip draws a score on the colour of its band.
func (d *svg) chip(x, y, w, h, size int, letter, text string) {
	fmt.Fprintf(d, `<rect class="c%s" x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, letter, x, y, w, h, h/2)
	fmt.Fprintf(d, `<text x="%d" y="%d" font-size="%d" font-weight="600" text-anchor="middle" class="ct">%s</text>`+"\n", x+w/2, y+h/2+size*36/100, size, markup.XML(text))
}

// ends gives where the arrow begins and ends: those at one box stand below each other
// in the order of what is at their other end, so that they cross little.
func (d *svg) ends(p *Picture, a *Arrow) (x1, y1, x2, y2 int) {
	from, to := d.at[a.From], d.at[a.To]
	slot := func(r rect, same func(*Arrow) bool, other func(*Arrow) int) int {
		var all []*Arrow
		for _, o := range p.Arrows {
			if o.To != nil && same(o) {
				all = append(all, o)
			}
		}
		slices.SortStableFunc(all, func(x, y *Arrow) int { return other(x) - other(y) })
		i := slices.Index(all, a)
		step := min(arrowStep, r.h/(len(all)+1))
		return r.y + r.h/2 + step*(2*i-len(all)+1)/2
	}
	y1 = slot(from, func(o *Arrow) bool { return o.From == a.From }, func(o *Arrow) int { return d.at[o.To].y })
	y2 = slot(to, func(o *Arrow) bool { return o.To == a.To }, func(o *Arrow) int { return d.at[o.From].y })
	return from.x + from.w, y1, to.x, y2
}

// arrows draws what can reach what, and on top what findings let through.
func (d *svg) arrows(p *Picture, server rect) {
	for _, scored := range []bool{false, true} {
		for _, a := range p.Arrows {
			if a.Worst.Scored != scored {
				continue
			}
			class, head := "l", "fl"
			if scored {
				class, head = "f l"+letter(a.Worst), "fl"+letter(a.Worst)
			}
			if a.To == nil {
				r := d.at[a.From]
				y := r.y + r.h/2
				fmt.Fprintf(d, `<path class="%s" d="M%d %dH%d"/>`, class, r.x+r.w, y, server.x-8)
				d.head(head, server.x, y)
				continue
			}
			x1, y1, x2, y2 := d.ends(p, a)
			bend := (x2 - x1) * 45 / 100
			fmt.Fprintf(d, `<path class="%s" d="M%d %dC%d %d %d %d %d %d"/>`, class, x1, y1, x1+bend, y1, x2-8-bend, y2, x2-8, y2)
			d.head(head, x2, y2)
		}
	}
}

func (d *svg) head(class string, x, y int) {
	fmt.Fprintf(d, `<path class="%s" d="M%d %dl-8 -4v8z"/>`+"\n", class, x, y)
}

// labels writes the score where an arrow crosses the boundary of the server.
func (d *svg) labels(p *Picture) {
	for _, a := range p.Arrows {
		if a.To == nil {
			if a.Label != "" {
				r := d.at[a.From]
				d.text(r.x+10, r.bottom()-9, r.w-20, 12, "t", "600", a.Label)
			}
			continue
		}
		if a.Worst.Scored {
			x1, y1, _, _ := d.ends(p, a)
			d.chip(x1+pad+4, y1-7, 30, 14, 10, letter(a.Worst), a.Label)
		}
	}
}

// legend says how to read the drawing.
func (d *svg) legend(p *Picture, y int) {
	x := actorX
	for _, one := range []struct{ letter, name string }{{"c", "Critical"}, {"h", "High"}, {"m", "Medium"}, {"l", "Low"}} {
		d.chip(x, y-12, 62, 16, 10, one.letter, one.name)
		x += 70
	}
	fmt.Fprintf(d, `<path class="l" d="M%d %dh28"/>`, x+6, y-4)
	d.text(x+40, y, 120, 12, "m", "400", "can reach")
	fmt.Fprintf(d, `<path class="f lh" d="M%d %dh28"/>`, x+120, y-4)
	d.text(x+154, y, 300, 12, "m", "400", "a finding on the way, with its score")
	fmt.Fprintf(d, `<path class="z" d="M%d %dh28"/>`, x+424, y-4)
	d.text(x+458, y, 120, 12, "m", "400", "trust boundary")
	if p.Folded != "" {
		d.text(actorX, y+22, svgWidth-2*actorX, 12, "m", "400", p.Folded)
	}
}
