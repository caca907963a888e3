package mcp

// slim.go lets go of what is not needed of a file that is not open.

// Slim gives the facts without the program behind them: what is listed and
// shown of a file whose syntax tree is no longer needed.
func (f *Facts) Slim() *Facts {
	slim := *f
	slim.File, slim.handlers, slim.byFunc, slim.sites, slim.index, slim.messages = nil, nil, nil, nil, nil, nil
	slim.Entries = make([]*Entry, len(f.Entries))
	for i, e := range f.Entries {
		entry := *e
		entry.Schema = nil
		slim.Entries[i] = &entry
	}
	slim.messagesIn, slim.Manifest = nil, nil
	slim.Unfollowed, slim.Registrations = nil, nil
	return &slim
}
