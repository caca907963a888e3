package tutor

// consent.go keeps what the user has agreed to, and counts what the tutor has used: in
// the user's own folder, never in a workspace.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/config"
	"mcpaudit/internal/safefile"
)

// Consent is somebody's agreement to send code to a service. Only Agree, Always and
// Recorded make one.
type Consent struct {
	Endpoint string `yaml:"endpoint"`
	Model    string `yaml:"model"`
	Scope    Scope  `yaml:"scope"`
	At       string `yaml:"at"` // a day
}

// covers reports whether the agreement speaks of this conversation.
func (c *Consent) covers(v *Conversation) bool {
	return c != nil && c.Endpoint == v.endpoint.String() && c.Model == v.settings.Model &&
		(c.Scope == v.Subject.Scope || c.Scope == Files)
}

// Agree gives the agreement to send this conversation, which was shown. It is kept
// nowhere.
func Agree(v *Conversation) *Consent {
	return &Consent{Endpoint: v.endpoint.String(), Model: v.settings.Model, Scope: v.Subject.Scope, At: time.Now().Format(time.DateOnly)}
}

// maxOwn is the size in bytes above which a file of ours is not read.
const maxOwn = 1 << 20

type consents struct {
	Agreed []Consent `yaml:"agreed"`
}

// Recorded gives the agreement that was kept for such a conversation, nil for none.
func Recorded(v *Conversation) (*Consent, error) {
	var all consents
	if err := readOwn("consent.yaml", &all); err != nil {
		return nil, err
	}
	for i := range all.Agreed {
		if all.Agreed[i].covers(v) {
			return &all.Agreed[i], nil
		}
	}
	return nil, nil
}

// Always agrees, and keeps the agreement for this service, model and scope.
func Always(v *Conversation) (*Consent, error) {
	var all consents
	if err := readOwn("consent.yaml", &all); err != nil {
		return nil, err
	}
	c := Agree(v)
	all.Agreed = append(slices.DeleteFunc(all.Agreed, func(o Consent) bool {
		return o.Endpoint == c.Endpoint && o.Model == c.Model && o.Scope == c.Scope
	}), *c)
	return c, writeOwn("consent.yaml", &all)
}

// Withdraw forgets all agreements and says how many there were.
func Withdraw() (int, error) {
	var all consents
	if err := readOwn("consent.yaml", &all); err != nil {
		return 0, err
	}
	n := len(all.Agreed)
	if n == 0 {
		return 0, nil
	}
	return n, writeOwn("consent.yaml", &consents{})
}

// readOwn reads a file of the user's folder; one that is not there says nothing.
func readOwn(name string, into any) error {
	dir, err := config.Folder()
	if err != nil {
		return err
	}
	name = filepath.Join(dir, name)
	text, err := safefile.Read(name, maxOwn)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w; mend or remove it", name, err)
	}
	return nil
}

func writeOwn(name string, from any) error {
	dir, err := config.Folder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text, err := yaml.Marshal(from)
	if err != nil {
		return err
	}
	return safefile.Write(filepath.Join(dir, name), text)
}

// Budget counts the tokens of a day.
type Budget struct {
	mu   sync.Mutex
	day  func() string
	kept bool
	use  usage
}

type usage struct {
	Day    string `yaml:"day"`
	Tokens int    `yaml:"tokens"`
}

// NewBudget gives the user's budget, which is kept between runs.
func NewBudget() *Budget {
	return &Budget{day: func() string { return time.Now().Format(time.DateOnly) }, kept: true}
}

// take refuses what would go beyond the tokens of a day.
func (b *Budget) take(tokens, daily int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.load(); err != nil {
		return err
	}
	if b.use.Tokens+tokens > daily {
		return &Error{Kind: Spent, Text: fmt.Sprintf("nothing was sent: this may take %d tokens, and of the %d of today (tutor.dailyTokens) %d are used", tokens, daily, b.use.Tokens)}
	}
	return nil
}

func (b *Budget) load() error {
	if b.kept {
		b.use = usage{}
		if err := readOwn("usage.yaml", &b.use); err != nil {
			return err
		}
	}
	if today := b.day(); b.use.Day != today || b.use.Tokens < 0 {
		b.use = usage{Day: today}
	}
	return nil
}

// used counts what an answer took. What cannot be kept is counted for this run.
func (b *Budget) used(tokens int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.load() != nil {
		return
	}
	b.use.Tokens += tokens
	if b.kept {
		_ = writeOwn("usage.yaml", &b.use) // an answer is not lost for it
	}
}
