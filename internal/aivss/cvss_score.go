// The CVSS 4.0 score (specification §8), in integers. The reference calculator
// works in floating point and adds 10⁻⁶ before it rounds, which undoes its own
// inaccuracy: an exact result that is no tie lies at least 1/8400 of a tenth
// away from one, so rounding the exact result half up is the same.

package aivss

// BaseScore returns the score of the base metrics alone (CVSS-B).
func (v Vector) BaseScore() Tenths {
	return v.base().Score()
}

// Score returns the score of all defined metrics: base, threat and
// environmental (CVSS-BTE, or what of it the vector defines; see
// [Vector.Nomenclature]). Without any impact it is 0.0.
func (v Vector) Score() Tenths {
	if v == (Vector{}) {
		return 0
	}
	l := v.levels()
	if l.harmless() {
		return 0
	}
	q := l.classes()
	value := q.score()

	// Each class has a share in how far the vector lies below the highest one
	// of its MacroVector: the gap to the next lower MacroVector, scaled by the
	// steps taken of the depth. The shares are averaged over the classes that
	// have a lower MacroVector. unit is a common multiple of all depths.
	const unit = 840
	lower, sum := 0, 0
	share := func(next, steps, depth int) {
		if gap := value - next; next > 0 && gap >= 0 {
			lower++
			sum += gap * steps * unit / depth
		}
	}
	share(q.lower(0), below(maxEQ1[q[0]], l.av, l.pr, l.ui), depthEQ1[q[0]])
	share(q.lower(1), below(maxEQ2[q[1]], l.ac, l.at), depthEQ2[q[1]])
	share(q.lowerEQ36(), below(maxEQ36[q[2]][q[5]], l.vc, l.vi, l.va, l.cr, l.ir, l.ar), depthEQ36[q[2]][q[5]])
	share(q.lower(3), below(maxEQ4[q[3]], l.sc, l.si, l.sa), depthEQ4[q[3]])
	share(q.lower(4), 0, 1)
	if lower == 0 {
		return Tenths(value)
	}
	scale := unit * lower
	exact := max(0, value*scale-sum)
	return Tenths((2*exact + scale) / (2 * scale))
}

// levels holds the severity level of each metric that counts, 0 being the most
// severe, after modified metrics took the place of base metrics and undefined
// ones their worst case.
type levels struct {
	av, pr, ui, ac, at     uint8
	vc, vi, va, sc, si, sa uint8
	cr, ir, ar, e          uint8
}

func (v Vector) levels() levels {
	base := func(m metric) uint8 {
		if modified := v.values[m+modifiedOff]; modified != 0 {
			return modified - 1
		}
		return v.values[m] - 1
	}
	// Safety is level 0 of the subsequent system's metrics and high is 1.
	subsequent := func(m metric) uint8 { return (base(m) + 1) % safety }
	worstCase := func(m metric) uint8 { return max(v.values[m], 1) - 1 }
	return levels{
		av: base(metricAV), pr: base(metricPR), ui: base(metricUI), ac: base(metricAC), at: base(metricAT),
		vc: base(metricVC), vi: base(metricVI), va: base(metricVA),
		sc: subsequent(metricSC), si: subsequent(metricSI), sa: subsequent(metricSA),
		cr: worstCase(metricCR), ir: worstCase(metricIR), ar: worstCase(metricAR), e: worstCase(metricE),
	}
}

// harmless reports whether no impact metric says anything but none.
func (l levels) harmless() bool {
	return l.vc == 2 && l.vi == 2 && l.va == 2 && l.sc == 3 && l.si == 3 && l.sa == 3
}

// macroVector holds the levels of the equivalence classes EQ1 to EQ6.
type macroVector [6]int

// classes finds the MacroVector (specification §8.2, tables 24 to 29).
func (l levels) classes() macroVector {
	var q macroVector
	switch open := l.av == 0 || l.pr == 0 || l.ui == 0; {
	case l.av == 0 && l.pr == 0 && l.ui == 0:
		q[0] = 0
	case open && l.av != 3:
		q[0] = 1
	default:
		q[0] = 2
	}
	if l.ac != 0 || l.at != 0 {
		q[1] = 1
	}
	switch {
	case l.vc == 0 && l.vi == 0:
		q[2] = 0
	case l.vc == 0 || l.vi == 0 || l.va == 0:
		q[2] = 1
	default:
		q[2] = 2
	}
	switch {
	case l.si == 0 || l.sa == 0:
		q[3] = 0
	case l.sc == 1 || l.si == 1 || l.sa == 1:
		q[3] = 1
	default:
		q[3] = 2
	}
	q[4] = int(l.e)
	if (l.cr != 0 || l.vc != 0) && (l.ir != 0 || l.vi != 0) && (l.ar != 0 || l.va != 0) {
		q[5] = 1
	}
	return q
}

// score looks the MacroVector up, in tenths; 0 if there is none.
func (q macroVector) score() int {
	index := 0
	for class, size := range [...]int{3, 2, 3, 3, 3, 2} {
		if q[class] >= size {
			return 0
		}
		index = index*size + q[class]
	}
	return int(macroScores[index])
}

// lower returns the score of the next lower MacroVector in one class, 0 if
// there is none.
func (q macroVector) lower(class int) int {
	q[class]++
	return q.score()
}

// lowerEQ36 is lower for EQ3 and EQ6, which are not independent and count as
// one class. Of two ways down the higher score counts.
func (q macroVector) lowerEQ36() int {
	eq3, eq6 := q.lower(2), q.lower(5)
	switch {
	case q[2] == 0 && q[5] == 0:
		return max(eq3, eq6)
	case q[5] == 0:
		return eq6
	}
	return eq3
}

// below counts the severity steps from the first of the highest vectors that
// the given levels lie below in every metric.
func below(highest [][]uint8, level ...uint8) int {
next:
	for _, h := range highest {
		steps := 0
		for i, top := range h {
			if level[i] < top {
				continue next
			}
			steps += int(level[i] - top)
		}
		return steps
	}
	return 0
}
