package site

// templates.go holds the frame of the pages.

import "html/template"

var templates = template.Must(template.New("").Parse(`
{{define "head"}}<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self' file:; script-src 'self' file:; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>{{.Title}} · mcpaudit</title>
<link rel="stylesheet" href="{{.Base}}style.css">
<script src="{{.Base}}site.js" defer></script>
<script src="{{.Base}}checks.js" defer></script>
</head>
<body data-base="{{.Base}}">
<a class="skip" href="#main">Skip to the text</a>
<header class="top">
<nav aria-label="Pages">
<a class="brand" href="{{.Base}}index.html">mcpaudit</a>
<a href="{{.Base}}index.html"{{if eq .Here "checks"}} aria-current="page"{{end}}>Checks</a>
<a href="{{.Base}}standards.html"{{if eq .Here "standards"}} aria-current="page"{{end}}>Standards</a>
</nav>
<search>
<label for="search">Search</label>
<input id="search" type="search" placeholder="path, CWE-22, cookie …" autocomplete="off" aria-controls="results">
</search>
<button id="theme" type="button" hidden>Theme: as the system</button>
</header>
<div id="results" class="results" role="region" aria-live="polite" aria-label="Search results" hidden></div>
{{end}}

{{define "foot"}}<footer>{{len .Checks}} checks of mcpaudit{{with .Version}} {{.}}{{end}}. These pages load nothing from anywhere else.</footer>
</body>
</html>
{{end}}

{{define "tags"}}<span class="tags">{{if .Score}}<span class="score {{.Band}}" title="CVSS 4.0 base score">{{.Score}}</span>{{else}}<span class="score hygiene" title="without a score of its own">hygiene</span>{{end}}{{range .Languages}}<span class="tag">{{.}}</span>{{end}}{{if .Fixes}}<span class="tag fix">quick fix</span>{{end}}</span>{{end}}

{{define "index"}}{{template "head" .}}<main id="main">
<h1>What mcpaudit checks</h1>
<p class="lead">{{len .Checks}} ways in which the source of an MCP server can harm its users, each with the attack, code that has the flaw, code that does not, and questions to ask of your own.</p>
<nav class="jump" aria-label="Classes">{{range .Classes}}<a href="#class-{{.Name}}">{{.Name}} <span>{{len .Checks}}</span></a>{{end}}</nav>
{{range .Classes}}<section id="class-{{.Name}}">
<h2>{{.Name}}</h2>
<ul class="cards">
{{range .Checks}}<li><a href="{{.Href}}"><strong>{{.Title}}</strong></a><code class="id">{{.ID}}</code><p>{{.Summary}}</p>{{template "tags" .}}</li>
{{end}}</ul>
</section>
{{end}}</main>
{{template "foot" .}}{{end}}

{{define "standards"}}{{template "head" .}}<main id="main">
<h1>The checks by standard</h1>
<nav class="jump" aria-label="Standards">{{range .Standards}}<a href="#{{.Key}}">{{.Name}} <span>{{len .Entries}}</span></a>{{end}}</nav>
{{range .Standards}}<section id="{{.Key}}">
<h2>{{.Name}}</h2>
<table>
<thead><tr><th scope="col">Entry</th><th scope="col">Checks</th></tr></thead>
<tbody>
{{range .Entries}}<tr><th scope="row"><code>{{.ID}}</code>{{with .Text}}<br><span>{{.}}</span>{{end}}</th><td>{{range .Checks}}<a href="{{.Href}}">{{.Title}}</a>{{end}}</td></tr>
{{end}}</tbody>
</table>
</section>
{{end}}</main>
{{template "foot" .}}{{end}}

{{define "lesson"}}{{template "head" .}}<main id="main" class="lesson">
<p class="trail"><a href="../index.html#class-{{.Check.Class}}">{{.Check.Class}}</a> / <code>{{.Check.ID}}</code></p>
<h1>{{.Check.Title}}</h1>
{{template "tags" .Check}}
{{.Check.Lesson}}
<h2 id="this-check">This check</h2>
<dl>
<dt>Id</dt><dd><code>{{.Check.ID}}</code></dd>
<dt>Confidence</dt><dd>{{.Check.Confidence}}</dd>
{{if .Check.Score}}<dt>CVSS 4.0</dt><dd>{{.Check.Score}} <code>{{.Check.Vector}}</code></dd>{{end}}
{{if .Check.Revisions}}<dt>Revisions of MCP</dt><dd>{{range $i, $r := .Check.Revisions}}{{if $i}}, {{end}}{{$r}}{{end}}</dd>{{end}}
{{if .Check.CWE}}<dt>CWE</dt><dd>{{range $i, $c := .Check.CWE}}{{if $i}}, {{end}}{{$c}}{{end}}</dd>{{end}}
{{range .Check.Maps}}<dt>{{.Name}}</dt><dd>{{range $i, $id := .IDs}}{{if $i}}, {{end}}{{$id}}{{end}}</dd>
{{end}}<dt>To accept one finding</dt><dd>a comment with a reason: <code>mcpaudit: ignore[{{.Check.ID}}] why</code></dd>
</dl>
</main>
{{template "foot" .}}{{end}}
`))
