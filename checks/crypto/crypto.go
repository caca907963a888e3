// Package crypto holds the matchers and fixers of checks on hashes and ciphers
// that no longer protect what they are used for.
package crypto

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"fast-password-hash": fastPasswordHash,
	"weak-hash":          weakHash,
}

// Fixers are the fixers of this class, by the name that documents give.
var Fixers = map[string]func(*rule.Pass, *rule.Finding) []rule.Fix{
	"stronger-hash": strongerHash,
}

// hashing is a call that hashes a value.
type hashing struct {
	rule.Call
	algorithm string         // in small letters, without signs: md5, sha1, sha256
	data      *program.Value // what is hashed
	name      source.Span    // of the algorithm, where it can be replaced
}

// hashings gives the calls of a file that hash a value at once.
func hashings(p *rule.Pass) []hashing {
	if !p.Facts.Part || p.TestFile() {
		return nil
	}
	switch {
	case p.File.Lang == source.Python:
		return pythonHashings(p)
	case p.File.Lang == source.Go:
		return goHashings(p)
	}
	return ecmaHashings(p)
}

func pythonHashings(p *rule.Pass) []hashing {
	var out []hashing
	for _, c := range p.Calls("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b") {
		if name, ok := strings.CutPrefix(c.Name(), "hashlib."); ok && c.Arg(0) != nil {
			at := c.At(c.Value.X)
			at.Start = at.End - uint32(len(name))
			out = append(out, hashing{c, name, c.Arg(0), at})
		}
	}
	return out
}

func goHashings(p *rule.Pass) []hashing {
	var out []hashing
	for _, c := range p.Calls("Sum", "Sum256", "Sum512") {
		switch name := c.Name(); name {
		case "crypto/md5.Sum", "crypto/sha1.Sum", "crypto/sha256.Sum256", "crypto/sha512.Sum512":
			if c.Arg(0) != nil {
				name = strings.TrimPrefix(name[:strings.LastIndexByte(name, '.')], "crypto/")
				out = append(out, hashing{Call: c, algorithm: name, data: c.Arg(0)})
			}
		}
	}
	return out
}

// ecmaHashings gives createHash(algorithm).update(data).
func ecmaHashings(p *rule.Pass) []hashing {
	var out []hashing
	for _, c := range p.Calls("update") {
		made := c.Value.X.X
		if c.Value.X.Op != program.OpField || made == nil || made.Op != program.OpCall || made.X == nil || len(made.Args) == 0 || c.Arg(0) == nil {
			continue
		}
		if p.File.Canonical(c.Func, made.X) != "crypto.createHash" || made.Args[0] == nil || made.Args[0].Op != program.OpConst {
			continue
		}
		algorithm := strings.ReplaceAll(strings.ToLower(made.Args[0].Str), "-", "")
		out = append(out, hashing{c, algorithm, c.Arg(0), c.At(made.Args[0])})
	}
	return out
}

// maxNames bounds the names that are looked at in what is hashed.
const maxNames = 24

// names gives the names in what is hashed.
func (h *hashing) names() []string {
	var out []string
	var visit func(v *program.Value, depth int)
	visit = func(v *program.Value, depth int) {
		if v == nil || depth > 6 || len(out) >= maxNames {
			return
		}
		if v.Op == program.OpIdent || v.Op == program.OpField {
			out = append(out, v.Name)
		}
		visit(v.X, depth+1)
		for _, a := range v.Args {
			visit(a, depth+1)
		}
	}
	visit(h.data, 0)
	return out
}

// purposes gives the names that say what the hash is for: of the function around
// it, and of what it is assigned to.
func (h *hashing) purposes() []string {
	fn := &h.Pass.File.Funcs[h.Func]
	out := []string{fn.Name}
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		if v != nil || s.Op != program.StmtAssign || s.Value == nil || s.Value.Span.Start > h.Value.Span.Start || s.Value.Span.End < h.Value.Span.End {
			return true
		}
		for _, t := range s.Targets {
			if t != nil {
				out = append(out, t.Name)
			}
		}
		return true
	})
	return out
}

var (
	passwords     = regexp.MustCompile(`(?i)^(user|new|plain|raw|current)?_?(password|passwd|passphrase|pwd)$`)
	keepsPassword = regexp.MustCompile(`(?i)(hash|verify|check|compare|store|validate)_?(user|new)?_?(password|passwd|pwd)|(password|passwd|pwd|pw)_?(hash|digest)|hashed_?(password|passwd|pwd)`)
	// required are names of schemes in which another side asks for this very hash.
	required = regexp.MustCompile(`(?i)realm|nonce|pwned|hibp|breach|cache|etag`)
	tokens   = regexp.MustCompile(`(?i)(session|access|auth|api|reset|refresh|csrf|verification|invite|bearer|login)_?(token|key|id|code|secret)$|^(generate|make|create|new|issue)_?(\w+_?)?token$|^token$`)
	notToken = regexp.MustCompile(`(?i)cache|mask|redact|fingerprint|log$|etag|token_?count|estimate`)
	// guessed are names of what can be guessed: predictable-identifier tells of that.
	guessed = regexp.MustCompile(`(?i)^(time(_ns)?|now|random|rand\w*|choice|uuid1|Date|Math|getTime|Unix\w*)$`)
)

// fastPasswordHash reports passwords that are kept under a hash which is made to be
// quick.
func fastPasswordHash(p *rule.Pass) {
	for _, h := range hashings(p) {
		names, purposes := h.names(), h.purposes()
		if !slices.ContainsFunc(names, passwords.MatchString) || !slices.ContainsFunc(purposes, keepsPassword.MatchString) ||
			slices.ContainsFunc(append(names, purposes...), required.MatchString) {
			continue
		}
		p.Report(rule.Finding{Span: h.Span(), Sink: h.algorithm, Parameter: names[slices.IndexFunc(names, passwords.MatchString)]})
	}
}

// weakHash reports tokens that are made with a hash which is broken.
func weakHash(p *rule.Pass) {
	for _, h := range hashings(p) {
		purposes := h.purposes()
		if h.algorithm != "md5" && h.algorithm != "sha1" || !slices.ContainsFunc(purposes, tokens.MatchString) ||
			slices.ContainsFunc(append(h.names(), purposes...), func(s string) bool {
				return notToken.MatchString(s) || passwords.MatchString(s) || guessed.MatchString(s)
			}) {
			continue
		}
		p.Report(rule.Finding{Span: h.Span(), Sink: h.algorithm})
	}
}

// strongerHash hashes with SHA-256. It is not preferred: what was made before no
// longer fits.
func strongerHash(p *rule.Pass, f *rule.Finding) []rule.Fix {
	for _, h := range hashings(p) {
		if h.Span() != f.Span || h.name.Len() == 0 {
			continue
		}
		with := "sha256"
		if text := p.File.Tree.Text.Slice(h.name); p.File.Lang != source.Python {
			with = text[:1] + with + text[len(text)-1:]
		} else if h.Value.X.Op != program.OpField {
			return nil // the name is imported by itself
		}
		return []rule.Fix{{Title: "Hash with SHA-256", Edits: []rule.Edit{h.Replace(h.name, with)}}}
	}
	return nil
}
