package auth

import (
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// roleNames are parameters by which a caller says what it may do, and privileges the
// roles that may do more than others; both without underscores and in lower case.
var (
	roleNames = set(`role userrole callerrole currentrole currentuserrole requesterrole actorrole isadmin isowner issuperuser isstaff isroot isauthorized isauthenticated accesslevel privilege`)
	privilege = set(`admin administrator root superuser owner superadmin sysadmin staff manager operator`)
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// callerStatedRole reports tools that refuse a call by a role that the call itself
// states: whoever is refused says another role.
func callerStatedRole(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Handler < 0 || e.Handler >= len(p.File.Funcs) {
			continue
		}
		fn := p.File.Funcs[e.Handler]
		done := false
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			if v != nil || done {
				return false
			}
			if s.Op != program.StmtIf || !leaves(s.Body) || e.Branch.Len() > 0 && !e.Branch.Contains(s.Span.Shift(fn.Start)) {
				return true
			}
			stated := refused(s.Value, 4)
			if stated == nil {
				return true
			}
			if param := roleOf(e, stated); param != "" && !lookedUp(fn.Function, stated) {
				done = true
				p.Report(rule.Finding{Span: s.Value.Span.Shift(fn.Start), Tool: e.Name, Parameter: param, Sink: "this check"})
			}
			return true
		})
	}
}

// leaves reports whether a block ends the call.
func leaves(block []*program.Stmt) bool {
	if len(block) == 0 {
		return false
	}
	last := block[len(block)-1]
	return last.Op == program.StmtThrow || last.Op == program.StmtReturn
}

// refused gives the value that a condition asks to be a privilege, where the condition
// holds for those that lack it: role != "admin", not is_admin.
func refused(v *program.Value, depth int) *program.Value {
	if v == nil || depth == 0 {
		return nil
	}
	switch v.Op {
	case program.OpUnary:
		if (v.Name == "!" || v.Name == "not") && len(v.Args) == 1 {
			if x := v.Args[0]; x != nil && (x.Op == program.OpIdent || x.Op == program.OpField) && strings.HasPrefix(plain(x.Name), "is") {
				return x
			}
		}
	case program.OpCompare:
		if len(v.Args) != 2 {
			return nil
		}
		switch v.Name {
		case "!=", "not in":
			if privileged(v.Args[1]) {
				return v.Args[0]
			}
		}
	case program.OpLogical:
		for _, a := range v.Args {
			if x := refused(a, depth-1); x != nil {
				return x
			}
		}
	}
	return nil
}

// privileged reports whether a value is the name of a privileged role, or a list of
// such.
func privileged(v *program.Value) bool {
	if v == nil {
		return false
	}
	switch v.Op {
	case program.OpConst:
		return v.Const == program.ConstString && privilege[plain(v.Str)]
	case program.OpList:
		for _, a := range v.Args {
			if !privileged(a) {
				return false
			}
		}
		return len(v.Args) > 0
	}
	return false
}

// roleOf gives the entry's parameter that a value is, if it is one that states a role.
func roleOf(e *mcp.Entry, v *program.Value) string {
	if v.Op != program.OpIdent && v.Op != program.OpField || !roleNames[plain(v.Name)] {
		return ""
	}
	if v.Op == program.OpField {
		// Of the arguments, not of a session or of what the SDK has verified.
		if base := v.X; base == nil || base.Op != program.OpIdent || !argumentNames[plain(base.Name)] {
			return ""
		}
	}
	for i := range e.Params {
		if plain(e.Params[i].Name) == plain(v.Name) {
			return e.Params[i].Name
		}
	}
	return ""
}

// lookedUp reports whether the function gives the name of a value another meaning than
// the parameter: role = await roleOf(session).
func lookedUp(fn *program.Function, v *program.Value) bool {
	found := false
	fn.Walk(func(s *program.Stmt, x *program.Value) bool {
		if x != nil || s.Op != program.StmtAssign || found {
			return x == nil
		}
		for _, t := range s.Targets {
			if t != nil && t.Op == program.OpIdent && t.Name == v.Name && v.Op == program.OpIdent && !reads(s.Value, v.Name) {
				found = true
			}
		}
		return true
	})
	return found
}

// reads reports whether a value reads the parameter of a name from the arguments:
// req.GetString("role", ""), args.role.
func reads(v *program.Value, name string) bool {
	if v == nil {
		return false
	}
	switch v.Op {
	case program.OpField:
		return plain(v.Name) == plain(name)
	case program.OpCall, program.OpIndex:
		return len(v.Args) > 0 && v.Args[0] != nil && v.Args[0].Op == program.OpConst && plain(v.Args[0].Str) == plain(name)
	}
	return false
}

// argumentNames are what handlers call the object of their arguments.
var argumentNames = set(`args arguments params input in parameters`)

func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }
