package rule

// server.go shows a check the server as a whole: what the files of one program
// register, do and use together. It holds names and no places, so that what is
// typed in one file changes the findings of another only where it changes those.

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
)

// Server is what the files of one program show together. It is immutable.
type Server struct {
	// Entries by path, in the order of their text.
	Entries []ServerEntry
	// Modules are what any of the files imports, as written.
	Modules map[string]bool
	// Calls are the last names of what any of the files calls.
	Calls map[string]bool
	// Transports are the kinds that are opened.
	Transports map[mcp.TransportKind]bool
	// Servers is how many server objects there are.
	Servers int
}

// ServerEntry is a tool, resource, prompt or completion of a server.
type ServerEntry struct {
	Path        string // of the file that registers it
	Kind        mcp.EntryKind
	Name        string
	Description string // empty where it is not constant
	ReadOnly    mcp.Hint
	Destructive mcp.Hint
	// Does are the calls that it reaches, in whichever file, each named once.
	Does []Doing
}

// Doing is a call that an entry reaches.
type Doing struct {
	Kind    flow.SinkKind
	Callee  string
	Mutates bool
}

// Reaches reports whether an entry reaches a call of one of the kinds.
func (e *ServerEntry) Reaches(kinds ...flow.SinkKind) bool {
	return slices.ContainsFunc(e.Does, func(d Doing) bool { return slices.Contains(kinds, d.Kind) })
}

// Imports reports whether a file imports a module, or one within it, whose name
// holds one of the words.
func (s *Server) Imports(words ...string) bool {
	for m := range s.Modules {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(m, w) }) {
			return true
		}
	}
	return false
}

// Equal reports whether two views of a server say the same.
func (s *Server) Equal(o *Server) bool {
	if s == o {
		return true
	}
	return s != nil && o != nil && s.Servers == o.Servers &&
		slices.EqualFunc(s.Entries, o.Entries, equalEntries) &&
		maps.Equal(s.Modules, o.Modules) && maps.Equal(s.Calls, o.Calls) && maps.Equal(s.Transports, o.Transports)
}

func equalEntries(a, b ServerEntry) bool {
	return a.Path == b.Path && a.Kind == b.Kind && a.Name == b.Name && a.Description == b.Description &&
		a.ReadOnly == b.ReadOnly && a.Destructive == b.Destructive && slices.Equal(a.Does, b.Does)
}

// Views makes the view of a server from its files, each of which is looked at once.
// It may be shared.
type Views struct {
	mu    sync.Mutex
	parts map[*flow.Result]*Server // what single files show
}

// NewViews gives a maker that has seen no file yet.
func NewViews() *Views { return &Views{parts: map[*flow.Result]*Server{}} }

// Together gives what the files of a program show, given what each of them is and
// what flows in it. Results may be nil, and are then left out.
func (v *Views) Together(facts []*mcp.Facts, results []*flow.Result) *Server {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := newView()
	for i, f := range facts {
		r := results[i]
		if f == nil || r == nil {
			continue
		}
		part, known := v.parts[r]
		if !known {
			part = viewOf(f, r)
			v.parts[r] = part
		}
		s.add(part)
	}
	slices.SortStableFunc(s.Entries, func(a, b ServerEntry) int { return strings.Compare(a.Path, b.Path) })
	return s
}

// Keep forgets the files that are none of the given results.
func (v *Views) Keep(results []*flow.Result) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.parts) == 0 {
		return
	}
	kept := make(map[*flow.Result]*Server, len(results))
	for _, r := range results {
		if part, ok := v.parts[r]; ok {
			kept[r] = part
		}
	}
	v.parts = kept
}

func newView() *Server {
	return &Server{Modules: map[string]bool{}, Calls: map[string]bool{}, Transports: map[mcp.TransportKind]bool{}}
}

func (s *Server) add(o *Server) {
	s.Entries = append(s.Entries, o.Entries...)
	maps.Copy(s.Modules, o.Modules)
	maps.Copy(s.Calls, o.Calls)
	maps.Copy(s.Transports, o.Transports)
	s.Servers += o.Servers
}

// viewOf gives what one file shows.
func viewOf(f *mcp.Facts, r *flow.Result) *Server {
	s := newView()
	s.Servers = len(f.Servers)
	for i := range f.File.Imports {
		s.Modules[f.File.Imports[i].Module] = true
	}
	for i := range f.Transports {
		s.Transports[f.Transports[i].Kind] = true
	}
	called(f.File, s.Calls)
	does := map[*mcp.Entry][]Doing{}
	for _, u := range r.Uses {
		d := Doing{Kind: u.Kind, Callee: u.Callee, Mutates: u.Mutates}
		for _, e := range u.Entries {
			if !slices.Contains(does[e], d) {
				does[e] = append(does[e], d)
			}
		}
	}
	for _, e := range f.Entries {
		entry := ServerEntry{
			Path: f.File.Path, Kind: e.Kind, Name: e.Name, ReadOnly: e.Annotations.ReadOnly, Destructive: e.Annotations.Destructive, Does: does[e],
		}
		if e.Description.Constant {
			entry.Description = e.Description.Value
		}
		slices.SortFunc(entry.Does, func(a, b Doing) int {
			return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Callee, b.Callee))
		})
		s.Entries = append(s.Entries, entry)
	}
	return s
}

// callees are the last names of what a function calls, each once.
var callees = program.Keep(func(fn *program.Function) []string {
	var names []string
	for _, v := range fn.Calls() {
		if v.X.Name != "" {
			names = append(names, v.X.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
})

func called(f *program.File, names map[string]bool) {
	for i := range f.Funcs {
		for _, name := range callees.Of(f.Funcs[i].Function) {
			names[name] = true
		}
	}
}

// Server gives the server as a whole: all files of the program, or this one where
// it is looked at alone. Ask for it only in a file that it matters to, such as the
// one that makes the server object: the findings of a file that asked are renewed
// whenever the view changes.
func (p *Pass) Server() *Server {
	if p.server == nil && p.Whole != nil {
		p.server = p.Whole()
	}
	if p.server == nil {
		p.server = NewViews().Together([]*mcp.Facts{p.Facts}, []*flow.Result{p.Flow})
	}
	return p.server
}
