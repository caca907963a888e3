package prompts

// tutor.go gives the prompts of the tutor: prompts/tutor/*.md.

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed tutor/*.md
var tutorFiles embed.FS

// Tutor gives a prompt of the tutor by its name, with the values put in for their names
// in braces. It panics on a name that there is none of, which only a mistake in this
// program can ask for.
func Tutor(name string, values map[string]string) string {
	text, err := tutorFiles.ReadFile("tutor/" + name + ".md")
	if err != nil {
		panic(fmt.Sprintf("prompts: %v", err))
	}
	var pairs []string
	for k, v := range values {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(strings.TrimSpace(string(text)))
}
