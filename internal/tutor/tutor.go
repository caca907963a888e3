// Package tutor speaks with a language model about a finding: it answers questions,
// explains an attack on the reader's own code, reviews a fix, and teaches by asking. It is
// off until the user has named a service in their own settings, sends nothing before they
// have seen it and agreed, and takes neither the code nor the answer for an instruction.
package tutor

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"mcpaudit/checks/secrets"
	"mcpaudit/internal/config"
	"mcpaudit/internal/markup"
	"mcpaudit/prompts"
)

// Act is what the tutor is asked to do.
type Act string

// The acts.
const (
	Ask      Act = "ask"      // answer a question about the finding
	Attack   Act = "attack"   // explain the attack on this code
	Review   Act = "review"   // review a fix
	Question Act = "question" // ask the reader instead of telling
)

// Acts lists the acts.
var Acts = []Act{Ask, Attack, Review, Question}

// Off is what is said where no model is set: the whole of the model's absence, in a line.
const Off = "No language model is set up, so the tutor cannot answer; all else works without one. To set one: tutor.endpoint and tutor.model in your own settings file."

// Scope is how much code leaves.
type Scope string

// The scopes.
const (
	Functions Scope = "functions" // those on the path of the finding
	Files     Scope = "files"     // the whole files of that path
)

// Excerpt is code that leaves: a function, or a file.
type Excerpt struct {
	Path string // as it is shown: relative to the workspace
	Line int    // of its first line, from 1
	Text string
}

// Subject is what a conversation is about.
type Subject struct {
	Check, Title, Message string
	Tool, Parameter       string
	Place                 string // file:line
	Score                 string // "AIVSS 8.9 High"
	Language              string
	Code                  []Excerpt
	Before                []Excerpt // the code as it was, for a review
	Scope                 Scope
}

// The bounds of a conversation.
const (
	maxQuestion = 4_000  // bytes of what the reader writes at once
	maxCode     = 24_000 // bytes of code
	maxTurns    = 12     // answers of the reader
	maxSent     = 96_000 // bytes of all that is sent at once
)

// Message is one message as it leaves.
type Message struct{ Role, Text string }

// Conversation is one exchange about one finding. It is used by one goroutine at a time.
type Conversation struct {
	Act     Act
	Subject Subject
	Masked  int // secrets that were taken out

	settings config.Tutor
	endpoint *url.URL
	canary   string
	boundary string
	messages []Message
	turns    int
}

// New begins a conversation. text is the question of the reader, where there is one.
// The errors say what to set or to change.
func New(c config.Config, act Act, s Subject, text string) (*Conversation, error) {
	if c.Tutor.Endpoint == "" {
		return nil, &Error{Kind: NotSet, Text: Off}
	}
	endpoint, err := endpointOf(c.Tutor)
	if err != nil {
		return nil, err
	}
	if c.Tutor.Model == "" {
		return nil, &Error{Kind: NotSet, Text: "no model is set: set tutor.model in your own settings file to a name that the service at tutor.endpoint knows"}
	}
	if !slices.Contains(Acts, act) {
		return nil, fmt.Errorf("the tutor cannot %q: want one of %v", act, Acts)
	}
	if len(text) > maxQuestion {
		return nil, fmt.Errorf("the question has %d bytes: at most %d are sent", len(text), maxQuestion)
	}
	if act == Ask && strings.TrimSpace(text) == "" {
		return nil, errors.New("there is no question: say what you want to know")
	}
	if act == Review && len(s.Before) == 0 {
		return nil, errors.New("a review wants the code as it was, too")
	}
	if s.Scope == "" {
		s.Scope = Functions
	}
	v := &Conversation{Act: act, Subject: s, settings: c.Tutor, endpoint: endpoint, canary: "canary-" + rand.Text()}
	v.boundary = "code-" + rand.Text()
	system := prompts.Tutor("system", map[string]string{"boundary": v.boundary, "canary": v.canary, "reader": readers[c.Depth]})
	task := prompts.Tutor(string(act), map[string]string{"question": v.mask(strings.TrimSpace(text))})
	v.messages = []Message{{"system", system}, {"user", v.facts() + task}}
	if n := v.size(); n > maxSent {
		return nil, fmt.Errorf("%d bytes would be sent, and %d are the most", n, maxSent)
	}
	return v, nil
}

// readers say whom the tutor speaks to, by the setting depth.
var readers = map[string]string{
	"beginner": "who is new to security", "developer": "who writes software and is no expert in security", "engineer": "who is a security engineer",
}

// endpointOf gives the address of the service. Code travels to it, so it is encrypted or
// stays on this machine.
func endpointOf(t config.Tutor) (*url.URL, error) {
	u, err := url.Parse(t.Endpoint)
	refuse := func(why string) error {
		return &Error{Kind: NotSet, Text: "tutor.endpoint in your own settings file " + why + ": want an address such as https://api.example.com/v1 or http://127.0.0.1:11434/v1"}
	}
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, refuse("is no address of a service")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, refuse("holds more than an address; a key goes into the environment variable that tutor.keyVariable names")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, refuse("would send your code unencrypted to another machine")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// key gives the key of the service, empty for none.
func (v *Conversation) key() (string, error) {
	name := v.settings.KeyVariable
	if name == "" {
		return "", nil
	}
	key := strings.TrimSpace(os.Getenv(name))
	if key == "" {
		return "", &Error{Kind: NoKey, Text: fmt.Sprintf("the environment variable %s, which tutor.keyVariable names, holds no key", markup.Plain(name))}
	}
	return key, nil
}

// facts are what the audit knows, and the code, delimited as data.
func (v *Conversation) facts() string {
	s := &v.Subject
	var b strings.Builder
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", what, v.mask(markup.Plain(text)))
		}
	}
	line("Check", s.Check+", "+s.Title)
	line("Finding", s.Message)
	line("Place", s.Place)
	line("Tool", s.Tool)
	line("Parameter", s.Parameter)
	line("Score", s.Score)
	line("Language", s.Language)
	b.WriteByte('\n')
	room := maxCode
	code := func(what string, list []Excerpt) {
		for _, x := range list {
			text := x.Text
			if len(text) > room {
				text = strings.ToValidUTF8(text[:room], "") + "\n… (cut here)"
			}
			room -= len(text)
			// Nothing in the code can be the boundary, which is made at random afterwards.
			fmt.Fprintf(&b, "%s begins: %s, %s from line %d\n%s\n%s ends\n\n", v.boundary, what, markup.Plain(x.Path), x.Line, strings.TrimRight(v.mask(text), "\n"), v.boundary)
		}
	}
	if len(s.Before) > 0 {
		code("the code as it was", s.Before)
		code("the code as it is now", s.Code)
	} else {
		code("the code", s.Code)
	}
	return b.String()
}

// mask takes secrets out of what leaves, and the boundary with them.
func (v *Conversation) mask(text string) string {
	text, n := secrets.Mask(strings.ReplaceAll(text, v.boundary, ""))
	v.Masked += n
	return text
}

func (v *Conversation) size() int {
	n := 0
	for _, m := range v.messages {
		n += len(m.Text)
	}
	return n
}

// Messages gives what would leave, exactly as it goes on the wire.
func (v *Conversation) Messages() []Message { return slices.Clone(v.messages) }

// Preview shows what would leave, to whom, as text.
func (v *Conversation) Preview() string {
	var b strings.Builder
	key := "no key"
	if v.settings.KeyVariable != "" {
		key = "the key in " + v.settings.KeyVariable
	}
	fmt.Fprintf(&b, "To: %s, model %s, with %s\nSecrets masked: %d\n", v.endpoint, v.settings.Model, key, v.Masked)
	for _, m := range v.messages {
		fmt.Fprintf(&b, "\n---- %s ----\n%s\n", m.Role, markup.Visible(m.Text, true, len(m.Text)+1))
	}
	return b.String()
}

// Reply adds what the reader says, for the next answer.
func (v *Conversation) Reply(text string) error {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return errors.New("there is nothing to send")
	case len(text) > maxQuestion:
		return fmt.Errorf("the answer has %d bytes: at most %d are sent", len(text), maxQuestion)
	case v.turns == maxTurns:
		return fmt.Errorf("this conversation has had its %d turns: begin another", maxTurns)
	case v.size()+len(text) > maxSent:
		return fmt.Errorf("this conversation has grown to %d bytes, and %d are the most: begin another", v.size(), maxSent)
	case v.messages[len(v.messages)-1].Role != "assistant":
		return errors.New("the tutor has not answered yet")
	}
	v.turns++
	v.messages = append(v.messages, Message{"user", v.mask(text)})
	return nil
}
