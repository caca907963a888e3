package operations

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

var (
	// superuserURL is the address of a database with the name of its first administrator.
	superuserURL = regexp.MustCompile(`(?i)^(postgres(ql)?(\+\w+)?://postgres[:@]|(mysql|mariadb)(\+\w+)?://root[:@]|(mssql|sqlserver)(\+\w+)?://sa[:@]|root(:[^@]*)?@(tcp|unix)\(|.*\buser=postgres\b|.*\b(user id|uid)=sa;)`)
	// administratorName is that name within the address.
	administratorName = regexp.MustCompile(`(?i)(//postgres[:@]|root\b|(//|=)sa[:@;]|=postgres\b)`)
	// superuser is that name where it stands alone.
	superuser = regexp.MustCompile(`^(root|postgres|sa)$`)
	// databases are the modules whose calls take it.
	databases = regexp.MustCompile(`(?i)psycopg|asyncpg|mysql|mariadb|pymysql|aiomysql|sqlalchemy|pymssql|pyodbc|^pg\b|postgres|mssql|tedious|sequelize|database/sql|pgx|sqlx|gorm`)
)

// superuserConnection reports connections to a database as its first administrator, where
// the name is written out.
func superuserConnection(p *rule.Pass) {
	if p.TestFile() || besideServer.MatchString(p.File.Path) {
		return
	}
	h := habit{pass: p}
	for _, c := range p.Calls("connect", "create_engine", "create_async_engine", "create_pool", "createConnection", "createPool", "Pool", "Client",
		"Open", "Connect", "ParseConfig", "New", "MustConnect", "postgres", "Sequelize") {
		if user := administrator(c); user != "" && databases.MatchString(c.Name()) {
			h.add(c, user)
		}
	}
	if len(h.places) > 0 && (p.Facts.Part || p.Server().Servers > 0) {
		h.report("this connects as the administrator as well", "", false)
	}
}

// administrator gives the name of the administrator that a connection is opened as.
func administrator(c rule.Call) string {
	for _, a := range c.Value.Args {
		if a == nil {
			continue
		}
		switch {
		case a.Op == program.OpKeyword && (a.Name == "user" || a.Name == "username"):
			if s, ok := c.Pass.File.ConstString(c.Func, a.X); ok && superuser.MatchString(s) {
				return s
			}
		case a.Op == program.OpObject:
			for _, name := range []string{"user", "username"} {
				if pair := rule.Pair(a, name); pair != nil {
					if s, ok := c.Pass.File.ConstString(c.Func, pair.X); ok && superuser.MatchString(s) {
						return s
					}
				}
			}
			if pair := rule.Pair(a, "connectionString"); pair != nil {
				if s := urlUser(c, pair.X); s != "" {
					return s
				}
			}
		default:
			if s := urlUser(c, a); s != "" {
				return s
			}
		}
	}
	return ""
}

func urlUser(c rule.Call, v *program.Value) string {
	s, ok := c.Pass.File.ConstString(c.Func, v)
	if !ok {
		s = firstText(v, 0)
	}
	if !superuserURL.MatchString(s) {
		return ""
	}
	return strings.Trim(administratorName.FindString(s), "/:@=;(")
}
