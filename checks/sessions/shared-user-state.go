package sessions

import (
	"slices"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// personal are the names of variables that hold what is one user's alone.
var personal = words(`currentuser currentuserid currentusername currentaccount activeuser activeaccount loggedinuser authenticateduser currenttenant
	currentsession usersession usercredentials currentcredentials credentials accesstoken authtoken usertoken sessiontoken currenttoken
	conversation conversationhistory chathistory currentconversation userprofile currentcustomer currentcart`)

// sharedUserState reports variables of the whole program in which one tool keeps what
// a caller said of itself, and from which others take it, in a server of many users.
func sharedUserState(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() || len(p.Facts.Entries) < 2 {
		return
	}
	writes := map[string]rule.Finding{}
	var order []string
	for i := range p.File.Funcs {
		e := entryAround(p, i)
		if e == nil {
			continue
		}
		fn := &p.File.Funcs[i]
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			if v != nil || s.Op != program.StmtAssign || s.Decl || s.Value == nil {
				return v == nil
			}
			for _, t := range s.Targets {
				if t == nil || t.Op != program.OpIdent || !personal[rule.Plain(t.Name)] || !outermost(p, i, t.Name) || !fromCaller(p, i, s.Value, 6) {
					continue
				}
				if _, told := writes[t.Name]; !told {
					order = append(order, t.Name)
					writes[t.Name] = rule.Finding{Span: t.Span.Shift(fn.Start), Tool: e.Name, Parameter: t.Name}
				}
			}
			return true
		})
	}
	for _, name := range order {
		f := writes[name]
		reader, at := readElsewhere(p, name, f.Tool)
		if reader == nil || !overHTTP(p) {
			continue
		}
		f.Sink = reader.Name
		f.Related = []rule.Step{{Path: p.File.Path, Span: at, Text: reader.Name + " takes it from here, whoever calls"}}
		p.Report(f)
	}
}

// entryAround gives the tool whose handler a function is or stands in, nil if none.
func entryAround(p *rule.Pass, fn int) *mcp.Entry {
	for ; fn > 0; fn = p.File.Funcs[fn].Parent {
		for _, e := range p.Facts.Entries {
			if e.Kind == mcp.Tool && e.Handler == fn && e.Branch.Len() == 0 {
				return e
			}
		}
	}
	return nil
}

// outermost reports whether a name that function fn assigns is a variable of the whole
// program.
func outermost(p *rule.Pass, fn int, name string) bool {
	if p.File.Lang == source.Python && !p.File.Funcs[fn].DeclaresOuter(name) {
		return false
	}
	b := p.File.Lookup(fn, name)
	return b.Kind == program.BoundLocal && b.Func == 0
}

// fromCaller reports whether a value is made of what the function was called with.
func fromCaller(p *rule.Pass, fn int, v *program.Value, depth int) bool {
	if v == nil || depth == 0 {
		return false
	}
	if v.Op == program.OpIdent {
		b := p.File.Lookup(fn, v.Name)
		if b.Kind == program.BoundParam {
			return b.Func != 0
		}
		return b.Kind == program.BoundLocal && b.Func != 0 && len(b.Assigns) > 0 && b.Assigns[0].Func == fn && fromCaller(p, fn, b.Assigns[0].Value, depth-1)
	}
	return fromCaller(p, fn, v.X, depth-1) || slices.ContainsFunc(v.Args, func(a *program.Value) bool { return fromCaller(p, fn, a, depth-1) })
}

// readElsewhere gives another tool whose handler reads the variable, and the place.
func readElsewhere(p *rule.Pass, name, writer string) (reader *mcp.Entry, at source.Span) {
	for i := range p.File.Funcs {
		e := entryAround(p, i)
		if e == nil || e.Name == writer {
			continue
		}
		fn := &p.File.Funcs[i]
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			if reader == nil && v != nil && v.Op == program.OpIdent && v.Name == name && !(s != nil && slices.Contains(s.Targets, v)) {
				if b := p.File.Lookup(i, name); b.Func == 0 && b.Kind == program.BoundLocal {
					reader, at = e, v.Span.Shift(fn.Start)
				}
			}
			return reader == nil
		})
	}
	return reader, at
}
