package rule

func (r *run) taint(name string) []Finding { return nil }
