package audit

// knowledge.go applies what people have said of the code to what was found in it:
// answers to the questions of the threat model change factors, and exceptions accept
// findings. Where such things are written down and whether they still hold is decided
// above; here is what they do.

import (
	"slices"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/rule"
)

// Knowledge is what people have said of the code of a folder. It is immutable.
type Knowledge struct {
	Answers    []Answer
	Exceptions []*Exception
}

// Answer is a factor as somebody knows it.
type Answer struct {
	// Folder that it speaks of: clean and absolute, with all that lies below it.
	Folder string
	// Tool is the entry that it speaks of, by name; empty for all of them.
	Tool   string
	Factor aivss.Factor
}

// Exception accepts findings: those of its checks that it covers.
type Exception struct {
	ID, Name      string
	Checks        []string
	Justification string
	// Covers reports whether a finding lies in its scope.
	Covers func(f *Finding, res *FileResult) bool
}

// ExceptionUse is an accepted risk with what has become of it.
type ExceptionUse struct {
	ID, Name, Status string
	Checks           []string
	Justification    string
	Review           string // the day it holds until: 2027-05-01
	Path             string // the file that it stands in, and the line of its problem
	Line             int    // from 1
	State            string // used, unused, expired, proposed, retired or broken
	Used             int    // how many findings it silences
	Problem          string // what is wrong with it, empty for nothing
}

// factors puts what was answered about a finding into a profile. Later answers win
// over earlier ones, and those about its tool over those about all.
func (k *Knowledge) factors(p aivss.Profile, f *rule.Finding) (aivss.Profile, error) {
	if k == nil {
		return p, nil
	}
	for _, own := range []bool{false, true} {
		for i := range k.Answers {
			a := &k.Answers[i]
			if (a.Tool != "") != own || own && a.Tool != f.Tool || !encloses(a.Folder, f.Path) {
				continue
			}
			var err error
			if p, err = p.With(a.Factor); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// accept silences the findings of a file that exceptions cover and no comment
// silences.
func (k *Knowledge) accept(res *FileResult) {
	if k == nil {
		return
	}
	for i, f := range res.Findings {
		if f.Suppressed != nil {
			continue
		}
		for _, e := range k.Exceptions {
			if slices.Contains(e.Checks, f.Check) && e.Covers(f, res) {
				accepted := *f
				accepted.Suppressed = &Suppression{Checks: e.Checks, Reason: e.Justification, Exception: e.ID}
				res.Findings[i] = &accepted
				break
			}
		}
	}
}

// again gives a result under other knowledge: the same findings, scored anew.
func (r *ruling) again(res *FileResult) *FileResult {
	n := *res
	n.Findings = make([]*Finding, 0, len(res.Findings))
	scoring := newScoring(&r.Config, res.Facts)
	scoring.knowledge = r.knowledge
	for _, f := range res.Findings {
		judged, on := r.judgeOne(&n, &scoring, f.Finding)
		if !on {
			continue
		}
		judged.Fingerprint = f.Fingerprint
		if f.Suppressed != nil && f.Suppressed.Exception == "" {
			judged.Suppressed = f.Suppressed
		}
		n.Findings = append(n.Findings, judged)
	}
	r.knowledge.accept(&n)
	return &n
}

// Apply scores the findings of a report again under what people have said.
func (rep *Report) Apply(k *Knowledge) {
	if rep.ruling == nil {
		return // nothing was audited
	}
	r := *rep.ruling
	r.knowledge = k
	rep.ruling = &r
	anew := map[*Finding]*Finding{}
	for i, res := range rep.Files {
		n := r.again(res)
		byPlace := map[string]*Finding{}
		for _, f := range n.Findings {
			byPlace[f.Fingerprint] = f
		}
		for _, f := range res.Findings {
			anew[f] = byPlace[f.Fingerprint]
		}
		rep.Files[i] = n
	}
	for i, f := range rep.Findings {
		if n := anew[f]; n != nil {
			rep.Findings[i] = n
		}
	}
	rep.recount()
}
