" Opens the demo server in Vim with ALE, sees a finding, hovers, answers a question, drafts
" an accepted risk, fixes a finding, and sees it clear. Run by vim_test.go in a terminal.
set nocompatible hidden
filetype plugin on
let g:ale_linters = {'python': ['mcpaudit']}
let g:ale_linters_explicit = 1
let g:ale_lint_on_enter = 1
let g:ale_hover_to_preview = 1
let g:mcpaudit_executable = $MCPAUDIT_BIN
set packpath+=/usr/share/vim/vimfiles,/usr/share/vim-scripts
packadd ale
exe 'source ' . $MCPAUDIT_PLUGIN . '/mcpaudit.vim'

" In the place of ALE's prompt, which has a numbered list: the number of what is wanted.
runtime autoload/ale/util.vim
function! ale#util#Input(message, value) abort
  return matchstr(filter(split(a:message, "\n"), {_, one -> stridx(one, s:title) > 0})[0], '^\d\+')
endfunction

let s:steps = []
let s:turns = 0
let s:state = 'open'

function! s:Done(well) abort
  call writefile(s:steps + [a:well ? 'PASS' : 'FAIL in ' . s:state], 'steps.txt')
  exe a:well ? 'qall!' : 'cquit'
endfunction

function! s:Ok(what) abort
  call add(s:steps, 'ok ' . a:what)
endfunction

" Asks for the actions at a place; the prompt below chooses one.
function! s:Act(line, column, title) abort
  call cursor(a:line, a:column)
  let s:title = a:title
  ALECodeAction
endfunction

function! s:Found(words) abort
  return !empty(filter(copy(ale#engine#GetLoclist(bufnr('server.py'))), {_, one -> one.text =~# a:words}))
endfunction

function! Poll(timer) abort
  let s:turns += 1
  if s:state ==# 'open' && s:Found('passes style to a shell')
    call s:Ok('[findings] findings appear')
    let l:count = ale#statusline#Count(bufnr('server.py'))
    if l:count.error > 5 && l:count.total == len(ale#engine#GetLoclist(bufnr('server.py')))
      call s:Ok('[status] the statusline counts them')
    endif
    if len(filter(getloclist(0), {_, one -> one.text =~# 'passes style to a shell'})) == 1
      call s:Ok('[list] the location list has them')
    endif
    call cursor(58, 14)
    ALEHover
    let s:state = 'hover'
  elseif s:state ==# 'hover' && bufwinnr('ALEPreviewWindow') > 0
    let l:text = join(getbufline('ALEPreviewWindow', 1, '$'), ' ')
    if l:text =~# 'Attack'
      call s:Ok('[hover] the hover teaches')
      pclose!
      call s:Act(55, 7, 'gives to the model? → Only')
      let s:state = 'answer'
    endif
  elseif s:state ==# 'answer' && filereadable('.mcpaudit/threat-model.yaml')
    call s:Ok('[answer] the answer stands beside the code')
    call s:Act(58, 14, 'Accept this risk: draft an exception for command-injection')
    let s:state = 'accept'
  elseif s:state ==# 'accept' && filereadable('.mcpaudit/exceptions/EX-001-command-injection.yaml')
    call s:Ok('[accept] an accepted risk is drafted')
    call s:Act(100, 17, 'Verify certificates')
    let s:state = 'fix'
  elseif s:state ==# 'fix' && getline(100) !~# 'verify=False'
    call s:Ok('the fix is applied')
    let s:state = 'clear'
  elseif s:state ==# 'clear' && !s:Found('Certificates are not verified')
    call s:Ok('[fix] the finding clears')
    call s:Done(1)
  endif
  if s:turns > 500
    call add(s:steps, getline(100) . ' ' . string(map(copy(ale#engine#GetLoclist(bufnr('server.py'))), {_, one -> one.text})))
    call s:Done(0)
  endif
endfunction

autocmd VimEnter * call timer_start(50, 'Poll', {'repeat': -1})
