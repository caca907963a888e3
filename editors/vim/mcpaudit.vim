" mcpaudit for Vim with ALE: put this folder on the runtime path, or source this file.
" It adds the linter for the languages that it reads, beside those that ALE has.

function! s:Root(buffer) abort
  for l:marker in ['.mcpaudit.yaml', 'pyproject.toml', 'package.json', 'go.mod']
    let l:file = ale#path#FindNearestFile(a:buffer, l:marker)
    if !empty(l:file)
      return fnamemodify(l:file, ':h')
    endif
  endfor
  let l:git = ale#path#FindNearestDirectory(a:buffer, '.git')
  return empty(l:git) ? fnamemodify(bufname(a:buffer), ':p:h') : fnamemodify(l:git, ':h:h')
endfunction

let g:mcpaudit_executable = get(g:, 'mcpaudit_executable', 'mcpaudit')

for s:language in ['python', 'javascript', 'typescript', 'go']
  call ale#linter#Define(s:language, {
  \   'name': 'mcpaudit',
  \   'lsp': 'stdio',
  \   'executable': {buffer -> g:mcpaudit_executable},
  \   'command': '%e serve',
  \   'project_root': function('s:Root'),
  \})
endfor
