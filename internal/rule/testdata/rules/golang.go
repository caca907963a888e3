package p

import (
	"crypto/tls"
	"database/sql"
)

func f(db *sql.DB, other Store, name string) {
	// ruleid: query
	db.Query("select " + name)
	// ok: query
	other.Query("select " + name)
	// ruleid: query
	q := fmt.Sprintf("select %s", name)
	if name != "" {
		db.Query(q)
	}
}

// ruleid: tls
var a = &tls.Config{ServerName: "x", InsecureSkipVerify: true}

// ok: tls
var b = &tls.Config{InsecureSkipVerify: false}
