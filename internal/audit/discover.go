package audit

// discover.go walks the paths that are to be audited and says which files are,
// and why others are not.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"mcpaudit/internal/source"
)

// DefaultMaxSize is the size in bytes above which a file is not audited unless
// the settings say otherwise.
const DefaultMaxSize = 1_500_000

// DiscoverOptions says what Discover and Load leave out.
type DiscoverOptions struct {
	// MaxSize is the size in bytes above which a file is left out; 0 is
	// DefaultMaxSize.
	MaxSize int64
	// Untrusted makes a stranger's tree unable to hide a file: its .gitignore
	// files and its marks of generated code do not count, and each folder of
	// installed code is named in Skipped.
	Untrusted bool
	// Named says of the file that Load reads that the user asked for it by
	// name: it is read even if it is generated, minified or a bundle.
	Named bool
	// Without are folders, absolute and clean, that Discover leaves out: below a
	// root, for they are roots of another audit.
	Without []string
}

func (o DiscoverOptions) maxSize() int64 {
	if o.MaxSize > 0 {
		return o.MaxSize
	}
	return DefaultMaxSize
}

// Skip is a file or folder that is not audited, with the reason in plain words.
type Skip struct{ Path, Reason string }

// Source is a file that is audited, or a manifest. One that may be a server's is both.
type Source struct {
	Path  string // absolute, as the operating system writes it
	Rel   string // with slashes, relative to the root it was found under
	Lang  source.Language
	Named bool // it is itself one of the roots
}

// Discovery is what stands under the roots, each file once, in an order that
// depends on the names alone.
type Discovery struct {
	Files     []Source
	Manifests []Source
	Skipped   []Skip
	Installed int // folders of installed code that were left out
	Ignored   int // files and folders that .gitignore leaves out
}

// manifestNames are the files that tell a server's name, dependencies and versions.
var manifestNames = []string{"package.json", "pyproject.toml", "go.mod", "server.json", "manifest.json", "requirements.txt", "tsconfig.json", "jsconfig.json"}

// Discover walks the roots, files or folders. A root is audited whatever a
// .gitignore says of it and wherever it lies. An error names a root that does
// not exist or cannot be read; everything else that cannot be read is in
// Skipped. When ctx ends, so does the walk, with ctx's error.
func Discover(ctx context.Context, roots []string, opt DiscoverOptions) (Discovery, error) {
	w := &walker{opt: opt, seen: map[string]bool{}, readDir: readDir}
	for _, folder := range opt.Without {
		w.seen[folder] = true
	}
	for _, root := range roots {
		if err := w.root(ctx, root); err != nil {
			return Discovery{}, err
		}
	}
	return w.Discovery, nil
}

type walker struct {
	Discovery
	opt     DiscoverOptions
	seen    map[string]bool // files and folders that are done, by path
	readDir func(string) ([]fs.DirEntry, error)

	base, real string // the current root, as given and without links
}

// folder is a folder that is still to be walked.
type folder struct {
	path   string
	ignore *ignoreLevel
}

// readDir reads a folder, sorted by name.
func readDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

func (w *walker) skip(path, format string, args ...any) {
	w.Skipped = append(w.Skipped, Skip{path, fmt.Sprintf(format, args...)})
}

func (w *walker) root(ctx context.Context, root string) error {
	path, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("%q: %w", root, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("cannot audit %q: %w", root, plain(err))
	}
	if !info.IsDir() {
		w.base = filepath.Dir(path)
		w.file(path, info.Mode(), true)
		return nil
	}
	w.base = path
	if w.real, err = filepath.EvalSymlinks(path); err != nil {
		return fmt.Errorf("cannot audit %q: %w", root, plain(err))
	}
	entries, err := w.readDir(path)
	if err != nil {
		return fmt.Errorf("cannot audit %q: %w", root, plain(err))
	}
	if w.seen[path] {
		return nil
	}
	w.seen[path] = true
	todo := w.entries(folder{path, w.ignoreAbove(path)}, entries)
	// The stack stands in for recursion: how deep folders nest is up to a stranger.
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.seen[f.path] {
			continue
		}
		w.seen[f.path] = true
		entries, err := w.readDir(f.path)
		if err != nil {
			w.skip(f.path, "the folder cannot be read: %v", plain(err))
			continue
		}
		if kind := installed(f.path, entries); kind != "" {
			w.Installed++
			if w.opt.Untrusted {
				w.skip(f.path, "%s", kind)
			}
			continue
		}
		todo = append(todo, w.entries(f, entries)...)
	}
	return nil
}

// entries takes the files of a folder and gives its folders, last name first.
func (w *walker) entries(f folder, entries []fs.DirEntry) []folder {
	ignore := f.ignore
	if !w.opt.Untrusted {
		ignore = w.ignoreIn(f, entries)
	}
	var folders []folder
	for _, e := range entries {
		path := filepath.Join(f.path, e.Name())
		if e.Type()&fs.ModeSymlink != 0 {
			w.link(path, ignore)
			continue
		}
		if !e.IsDir() && !wanted(e.Name()) {
			continue
		}
		if ignore.ignores(filepath.ToSlash(path), e.IsDir()) {
			w.Ignored++
			continue
		}
		if e.IsDir() {
			folders = append(folders, folder{path, ignore})
		} else {
			w.file(path, e.Type(), false)
		}
	}
	slices.Reverse(folders)
	return folders
}

// ignoreIn gives the rules that hold in a folder.
func (w *walker) ignoreIn(f folder, entries []fs.DirEntry) *ignoreLevel {
	var rules []ignoreRule
	for _, e := range entries { // sorted: .git before .gitignore, which wins
		switch e.Name() {
		case ".git":
			rules = append(rules, w.rules(filepath.Join(f.path, ".git", "info", "exclude"))...)
		case ".gitignore":
			rules = append(rules, w.rules(filepath.Join(f.path, ".gitignore"))...)
		}
	}
	return f.ignore.within(f.path, rules)
}

func (w *walker) rules(file string) []ignoreRule {
	rules, reason := readIgnore(file)
	if reason != "" && !w.seen[file] {
		w.seen[file] = true
		w.skip(file, "%s", reason)
	}
	return rules
}

// ignoreAbove gives the rules of the repository's folders above a root. Where
// they would leave out the root or all that is in it they do not count, since
// the user named it.
func (w *walker) ignoreAbove(root string) *ignoreLevel {
	if w.opt.Untrusted {
		return nil
	}
	var above []string
	for dir := root; ; {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil // in no repository
		}
		above = append(above, parent)
		dir = parent
	}
	var ignore *ignoreLevel
	for i, dir := range slices.Backward(above) {
		var rules []ignoreRule
		if i == len(above)-1 {
			rules = w.rules(filepath.Join(dir, ".git", "info", "exclude"))
		}
		ignore = ignore.within(dir, append(rules, w.rules(filepath.Join(dir, ".gitignore"))...))
	}
	for _, dir := range append(above, root) {
		// The name below stands for whatever the folder holds.
		if p := filepath.ToSlash(dir); ignore.ignores(p, true) || ignore.ignores(p+"/\x00", false) {
			return nil
		}
	}
	return ignore
}

// link names a link that is not followed: what it leads to within the root is
// found there, and what lies outside nobody asked for.
func (w *walker) link(path string, ignore *ignoreLevel) {
	source := wanted(filepath.Base(path))
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		if source || !errors.Is(err, fs.ErrNotExist) {
			if ignore.ignores(filepath.ToSlash(path), false) {
				w.Ignored++
			} else if errors.Is(err, fs.ErrNotExist) {
				w.skip(path, "the link leads nowhere")
			} else {
				w.skip(path, "a symlink loop")
			}
		}
		return
	}
	info, err := os.Stat(target)
	dir := err == nil && info.IsDir()
	if !dir && !source {
		return
	}
	if ignore.ignores(filepath.ToSlash(path), false) {
		w.Ignored++
		return
	}
	from, err := filepath.EvalSymlinks(filepath.Dir(path))
	switch {
	case err == nil && dir && inside(from, target):
		w.skip(path, "a symlink loop: the link leads back to a folder it stands in")
	case !inside(target, w.real):
		w.skip(path, "the link leads out of the folder that is audited")
	}
}

// inside reports whether a path is dir or lies below it.
func inside(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

func (w *walker) file(path string, mode fs.FileMode, named bool) {
	name := filepath.Base(path)
	lang := source.LanguageOf(name)
	manifest := slices.Contains(manifestNames, name)
	if w.seen[path] {
		return
	}
	w.seen[path] = true
	switch {
	case !mode.IsRegular():
		w.skip(path, "not a regular file")
		return
	case lang == source.None && !manifest:
		w.skip(path, "not a language that is audited")
		return
	}
	rel, err := filepath.Rel(w.base, path)
	if err != nil {
		rel = name
	}
	s := Source{Path: path, Rel: filepath.ToSlash(rel), Lang: lang, Named: named}
	if manifest {
		w.Manifests = append(w.Manifests, s)
	}
	if lang != source.None {
		w.Files = append(w.Files, s)
	}
}

// wanted reports whether a file of that name is audited or is a manifest.
func wanted(name string) bool {
	return source.LanguageOf(name) != source.None || slices.Contains(manifestNames, name)
}

// installed says what kind of folder holds code that others wrote and an
// installer put there, or gives "".
func installed(path string, entries []fs.DirEntry) string {
	has := func(names ...string) bool {
		for _, name := range names {
			if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
				return false
			}
		}
		return true
	}
	name := filepath.Base(path)
	switch name {
	case ".git", ".hg", ".svn":
		return "a version control folder"
	case "node_modules", "bower_components":
		return "a folder of installed JavaScript packages"
	case "site-packages", "dist-packages", "__pypackages__", ".tox", ".nox", ".eggs":
		return "a folder of installed Python packages"
	case ".venv", "venv", "env":
		if has("bin", "lib") || has("Scripts", "Lib") {
			return "a Python virtual environment"
		}
	case "vendor":
		if has("modules.txt") {
			return "a folder of vendored Go modules"
		}
	}
	if has("pyvenv.cfg") {
		return "a Python virtual environment"
	}
	return ""
}

// Load reads one file. What cannot or should not be audited is a Skip, with the
// reason; otherwise the Skip is nil. A byte order mark is no part of the text.
func Load(path string, opt DiscoverOptions) (*source.Text, *Skip) {
	limit := opt.maxSize()
	info, err := os.Stat(path) // before opening, which would wait on a pipe
	if err != nil {
		return nil, &Skip{path, fmt.Sprintf("cannot be read: %v", plain(err))}
	}
	if !info.Mode().IsRegular() {
		return nil, &Skip{path, "not a regular file"}
	}
	if info.Size() > limit {
		return nil, &Skip{path, tooLarge(info.Size(), limit)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Skip{path, fmt.Sprintf("cannot be read: %v", plain(err))}
	}
	defer f.Close()
	// The file may have grown since.
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, &Skip{path, fmt.Sprintf("cannot be read: %v", plain(err))}
	}
	if int64(len(b)) > limit {
		return nil, &Skip{path, tooLarge(int64(len(b)), limit)}
	}
	if reason := unfit(path, b, opt); reason != "" {
		return nil, &Skip{path, reason}
	}
	return source.NewText(string(bytes.TrimPrefix(b, []byte("\ufeff")))), nil
}

func tooLarge(size, limit int64) string {
	return fmt.Sprintf("too large: %d bytes, the limit is %d", size, limit)
}

// unfit says why bytes are not audited as source, or gives "".
func unfit(path string, b []byte, opt DiscoverOptions) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return "not UTF-8: it is encoded in UTF-16"
	case bytes.IndexByte(b, 0) >= 0:
		return "a binary file"
	case !utf8.Valid(b):
		return "not UTF-8"
	case opt.Named:
		return ""
	case !opt.Untrusted && generated(b):
		return "generated code"
	}
	if l := source.LanguageOf(path); l.ECMAScript() {
		switch {
		case minified(path, b):
			return "minified code"
		case bundle(b):
			return "a bundle that carries its dependencies"
		}
	}
	return ""
}

// headSize is how far into a file a mark of generated code is looked for, in bytes.
const headSize = 4096

// generatedMark matches a comment that says the file is made by a program: Go's
// convention (https://go.dev/s/generatedcode), which others took over, and the
// @generated of code review tools.
var generatedMark = regexp.MustCompile(`(?m)^[ \t]*(?://|#|/?\*+)[^\n]*?(?:Code generated [^\n]*DO NOT EDIT\b|Generated by [^\n]*DO NOT EDIT\b|(?:^|[\s*/#])@generated(?:\s|$))`)

func generated(b []byte) bool {
	head := b[:min(len(b), headSize)]
	return (bytes.Contains(head, []byte("DO NOT EDIT")) || bytes.Contains(head, []byte("@generated"))) && generatedMark.Match(head)
}

// A line is long when nobody would have typed it. Half a file of long lines that
// are dense with calls is minified; base64, prose and data are not so dense.
const (
	longLine      = 500 // bytes
	bytesPerPoint = 60  // of "(" and ";" in minified code it is 10 to 30
)

func minified(path string, b []byte) bool {
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if strings.HasSuffix(stem, ".min") || strings.HasSuffix(stem, "-min") {
		return true
	}
	long, points := 0, 0
	for line := range bytes.Lines(b) {
		if len(line) > longLine {
			long += len(line)
			points += bytes.Count(line, []byte("(")) + bytes.Count(line, []byte(";"))
		}
	}
	return 2*long > len(b) && points*bytesPerPoint > long
}

// bundleMark matches what bundlers leave in the code they join: webpack's
// runtime, browserify's prelude, and the origin that esbuild and its kin write
// above each module.
var bundleMark = regexp.MustCompile(`(?m)\bfunction __webpack_require__\(|^\(function\(\)\{function r\(e,n,t\)\{|^// (?:\.\./)*node_modules/\S+$|^//#region (?:\.\./)*node_modules/`)

// bundleWords are the words of which each match of bundleMark holds one: looking
// for them costs a tenth of what the expression costs.
var bundleWords = [][]byte{[]byte("__webpack_require__("), []byte("function r(e,n,t){"), []byte("node_modules/")}

func bundle(b []byte) bool {
	return slices.ContainsFunc(bundleWords, func(word []byte) bool { return bytes.Contains(b, word) }) && bundleMark.Match(b)
}

// plain takes the operation and the path off an error, which the reader knows.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
