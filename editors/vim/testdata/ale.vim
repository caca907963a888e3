" Opens the demo server in Vim with ALE, sees a finding, hovers, fixes one, and sees it
" clear. Run by vim_test.go in a terminal.
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

let s:steps = []
let s:turns = 0
let s:state = 'open'

function! s:Done(well) abort
  call writefile(s:steps + [a:well ? 'PASS' : 'FAIL in ' . s:state], 'steps.txt')
  exe a:well ? 'qall!' : 'cquit'
endfunction

function! s:Found(words) abort
  return !empty(filter(copy(ale#engine#GetLoclist(bufnr('server.py'))), {_, one -> one.text =~# a:words}))
endfunction

function! Poll(timer) abort
  let s:turns += 1
  if s:state ==# 'open' && s:Found('passes style to a shell')
    call add(s:steps, 'ok findings appear')
    call cursor(58, 14)
    ALEHover
    let s:state = 'hover'
  elseif s:state ==# 'hover' && bufwinnr('ALEPreviewWindow') > 0
    let l:text = join(getbufline('ALEPreviewWindow', 1, '$'), ' ')
    if l:text =~# 'Attack'
      call add(s:steps, 'ok the hover teaches')
      pclose!
      call cursor(100, 17)
      ALECodeAction
      let s:state = 'fix'
      " Answers ALE's prompt: the fix is the first.
      call timer_start(1000, {timer -> feedkeys("1\<CR>", 't')})
    endif
  elseif s:state ==# 'fix' && getline(100) !~# 'verify=False'
    call add(s:steps, 'ok the fix is applied')
    let s:state = 'clear'
  elseif s:state ==# 'clear' && !s:Found('Certificates are not verified')
    call add(s:steps, 'ok the finding clears')
    call s:Done(1)
  endif
  if s:turns > 500
    call add(s:steps, getline(100) . ' ' . string(map(copy(ale#engine#GetLoclist(bufnr('server.py'))), {_, one -> one.text})))
    call s:Done(0)
  endif
endfunction

autocmd VimEnter * call timer_start(50, 'Poll', {'repeat': -1})
