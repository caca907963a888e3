package prompts

// client.go loads the prompts for AI clients: how a model that can run this program
// audits a server together with a person.

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Client is a prompt for an AI client that can run mcpaudit.
type Client struct {
	ID          string     `yaml:"id"`
	Title       string     `yaml:"title"`       // one short line
	Description string     `yaml:"description"` // one sentence: when to take it
	Arguments   []Argument `yaml:"arguments"`

	// The sections, Markdown with {name} where the value of an argument goes.
	Role    string `yaml:"-"`
	Purpose string `yaml:"-"`
	Inputs  string `yaml:"-"`
	Outputs string `yaml:"-"`
	Steps   string `yaml:"-"`
	Safety  string `yaml:"-"`
}

// Argument is something that is filled into a prompt.
type Argument struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	Required    bool   `yaml:"required"`
	Default     string `yaml:"default"` // of one that is not required
}

var clients = sync.OnceValues(func() ([]*Client, error) { return LoadClients(documents, "clients") })

// Clients gives the prompts for AI clients, by id. It panics where a document that is
// built in does not load, which a test excludes.
func Clients() []*Client {
	all, err := clients()
	if err != nil {
		panic(err)
	}
	return all
}

// ClientByID gives a prompt for AI clients, nil for none.
func ClientByID(id string) *Client {
	for _, c := range Clients() {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// LoadClients reads the prompts of a folder, those of a file each. An error is an
// *Error, with the file and the line.
func LoadClients(files fs.FS, dir string) ([]*Client, error) {
	return load(files, dir, ParseClient, func(c *Client) string { return c.ID })
}

// sections gives the sections by their headings.
func (c *Client) sections() map[string]*string {
	return map[string]*string{"Role": &c.Role, "Purpose": &c.Purpose, "Inputs": &c.Inputs, "Outputs": &c.Outputs, "Steps": &c.Steps, "Safety notes": &c.Safety}
}

// headings are the sections in the order in which a prompt has them.
var headings = []string{"Role", "Purpose", "Inputs", "Outputs", "Steps", "Safety notes"}

// maxDescription is the length of a description, in characters.
const maxDescription = 200

// ParseClient reads the document of a prompt. An error is an *Error, with the line.
func ParseClient(text string) (*Client, error) {
	d, err := readDocument(text)
	if err != nil {
		return nil, err
	}
	if err := allow(d.head, "id", "title", "description", "arguments"); err != nil {
		return nil, err
	}
	for _, n := range d.items("arguments") {
		if err := allow(n, "name", "description", "required", "default"); err != nil {
			return nil, err
		}
	}
	c := &Client{}
	if err := d.decode(c); err != nil {
		return nil, err
	}
	switch {
	case !identifier.MatchString(c.ID):
		return nil, wrong(d.at("id"), "id %q: want lower-case words joined by -, the name of the file", c.ID)
	case !oneLine(c.Title, maxTitle):
		return nil, wrong(d.at("title"), "title %q: want one line of at most %d characters", c.Title, maxTitle)
	case !oneLine(c.Description, maxDescription):
		return nil, wrong(d.at("description"), "description %q: want one line of at most %d characters", c.Description, maxDescription)
	case d.text != "":
		return nil, wrong(d.textLine, "there is text before the first section: want %s", strings.Join(headings, ", "))
	}
	if err := d.fill(c.sections()); err != nil {
		return nil, err
	}
	for i, s := range d.sections {
		if s.heading != headings[i] {
			return nil, wrong(s.line, "the section %q stands where %q belongs: want %s", s.heading, headings[i], strings.Join(headings, ", "))
		}
	}
	return c, c.checkArguments(d)
}

// checkArguments reports what is wrong with the arguments, and places in the text for
// which there is none.
func (c *Client) checkArguments(d *document) error {
	whole := c.text()
	var names []string
	for i, a := range c.Arguments {
		line := d.items("arguments")[i].Line + 1
		switch {
		case !identifier.MatchString(a.Name) || slices.Contains(names, a.Name):
			return wrong(line, "argument %d has the name %q: want one of its own, lower-case words joined by -", i+1, a.Name)
		case !oneLine(a.Description, maxDescription):
			return wrong(line, "argument %s has the description %q: want one line of at most %d characters", a.Name, a.Description, maxDescription)
		case a.Required == (a.Default != ""):
			return wrong(line, "argument %s: want either required: true or a default", a.Name)
		case strings.Count(whole, "`{"+a.Name+"}`") != strings.Count(whole, "{"+a.Name+"}") || !strings.Contains(whole, "{"+a.Name+"}"):
			return wrong(line, "argument %s: want `{%s}` in the text, always between backticks", a.Name, a.Name)
		}
		names = append(names, a.Name)
	}
	if err := blanks(whole, names...); err != nil {
		return wrong(d.textLine, "%v", err)
	}
	return nil
}

// text gives the prompt with places for the arguments.
func (c *Client) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", c.Title)
	parts := c.sections()
	for _, h := range headings {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", h, *parts[h])
	}
	return b.String()
}

// maxValue is the size in bytes above which the value of an argument is not taken.
const maxValue = 1000

// Fill gives the prompt as Markdown with the values of its arguments put in. What is not
// given has its default.
func (c *Client) Fill(values map[string]string) (string, error) {
	for _, name := range sortedKeys(values) {
		if !slices.ContainsFunc(c.Arguments, func(a Argument) bool { return a.Name == name }) {
			return "", fmt.Errorf("the prompt %s has no argument %q: %s", c.ID, name, c.takes())
		}
	}
	var pairs []string
	for _, a := range c.Arguments {
		value, given := values[a.Name]
		switch {
		case !given && a.Required:
			return "", fmt.Errorf("the prompt %s wants the argument %s: %s", c.ID, a.Name, a.Description)
		case !given:
			value = a.Default
		case strings.TrimSpace(value) == "":
			return "", fmt.Errorf("the argument %s is empty: %s", a.Name, a.Description)
		case len(value) > maxValue || strings.ContainsFunc(value, func(r rune) bool { return r == '`' || !unicode.IsPrint(r) }):
			return "", fmt.Errorf("the argument %s wants one line of at most %d bytes, without backticks and characters that cannot be seen", a.Name, maxValue)
		}
		pairs = append(pairs, "{"+a.Name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(c.text()), nil
}

// takes says which arguments there are.
func (c *Client) takes() string {
	var names []string
	for _, a := range c.Arguments {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return "it takes none"
	}
	return "it takes " + strings.Join(names, ", ")
}
