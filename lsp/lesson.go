package lsp

// lesson.go takes the document of a check apart for hovers and explanations.

// lesson is what a check's document says. All of it is Markdown.
type lesson struct {
	Title     string
	Why       string // the opening paragraphs
	Attack    string
	Questions string
	Whole     string // the document, without its front matter
	Sketch    string // of the guard, in the language of the file; code, or empty
}
