package config

// user.go reads the user's own settings file, which no workspace can change, and writes
// single settings into it.

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/safefile"
)

// Folder gives the folder of the user's own files: settings, consent, progress. It need
// not exist.
func Folder() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "mcpaudit"), nil
}

// UserFile gives the path of the user's own settings file. It need not exist.
func UserFile() (string, error) {
	dir, err := Folder()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "settings.yaml"), nil
}

// Signature gives the name that answers are signed with: the author of the settings, or
// that of the user's account.
func (c Config) Signature() string {
	if c.Author != "" {
		return c.Author
	}
	if u, err := user.Current(); err == nil {
		if u.Name != "" {
			return strings.TrimSuffix(u.Name, ",,,")
		}
		return u.Username
	}
	return ""
}

// userFileName names that file in messages.
func userFileName() string {
	name, err := UserFile()
	if err != nil {
		return "settings.yaml in your configuration folder"
	}
	return name
}

// WithUserFile gives c changed by the user's own settings file, if there is one, and
// what is wrong with it.
func (c Config) WithUserFile() (Config, []*Problem) {
	name, err := UserFile()
	if err != nil {
		return c, nil // there is no such folder, so there is no file
	}
	// Unlike a workspace's it may be a link: people keep such files elsewhere.
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return c, []*Problem{{File: name, Text: err.Error()}}
	}
	return c.withYAML(name, data, ofUser)
}

// SetUser writes a setting, by its dotted key, into the user's own file, and keeps all
// else that stands there. A file that cannot be read is not written.
func SetUser(key, text string) error {
	s, _ := find(key)
	if s == nil {
		return fmt.Errorf("there is no setting %s%s", key, meant(key, keys()))
	}
	name, err := UserFile()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 {
		doc = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}, HeadComment: doc.HeadComment, FootComment: doc.FootComment}
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return fmt.Errorf("%s: want settings by name", name)
	}
	at := doc.Content[0]
	parts := strings.Split(key, ".")
	for i, part := range parts {
		value := member(at, part)
		if i == len(parts)-1 {
			*value = yaml.Node{Kind: yaml.ScalarNode, Value: text, LineComment: value.LineComment, HeadComment: value.HeadComment, FootComment: value.FootComment}
			break
		}
		if value.Kind != yaml.MappingNode {
			*value = yaml.Node{Kind: yaml.MappingNode}
		}
		at = value
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(&doc), e.Close()); err != nil {
		return err
	}
	if _, problems := Default().withYAML(name, out.Bytes(), ofUser); len(problems) > 0 {
		for _, p := range problems {
			if p.Key == key {
				return p
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // the user's own link
	}
	return safefile.Write(name, out.Bytes())
}

// member gives the value of a key, made if there is none.
func member(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	return value
}
