package report

// escape.go escapes for the commands of GitHub's workflows.

import "strings"

// command escapes the data of a workflow command, property one of its
// properties, as the runner's toolkit does.
func command(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(command(s))
}
