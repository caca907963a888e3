package flow

// Lists of what conditions prove hold each node once, however often they are joined.

import (
	"fmt"
	"testing"
)

func TestListsOfProofsDoNotGrow(t *testing.T) {
	var list []proof
	for i := range 8 {
		list = append(list, proof{node{fn: 1, param: int16(i)}, proveNoDash})
	}
	more := []proof{{node{fn: 1, param: 3}, proveIdent}, {node{fn: 1, param: 9}, proveIdent}}
	both := list
	for range 50 {
		both = addProofs(both, both)
		both = addProofs(both, more)
		both = meet(both, both)
	}
	want := fmt.Sprint([]proof{
		{node{fn: 1, param: 0}, proveNoDash}, {node{fn: 1, param: 1}, proveNoDash}, {node{fn: 1, param: 2}, proveNoDash},
		{node{fn: 1, param: 3}, proveNoDash | proveIdent}, {node{fn: 1, param: 4}, proveNoDash}, {node{fn: 1, param: 5}, proveNoDash},
		{node{fn: 1, param: 6}, proveNoDash}, {node{fn: 1, param: 7}, proveNoDash}, {node{fn: 1, param: 9}, proveIdent},
	})
	if got := fmt.Sprint(both); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if list[3].proven != proveNoDash {
		t.Error("a list was changed that others hold")
	}
}
