# The prompt says which machine one is on. A plain $, although the student is root here: the course
# speaks of a shell, and # starts a comment.
PS1='\[\e[1;32m\]student@\h\[\e[0m\]:\[\e[1;34m\]\w\[\e[0m\]$ '
alias ll='ls -l'

# Bash also tells the page, unseen, where it is (OSC 133): A before the prompt, B after it, C when a
# command starts, D with its status when it has ended; k=s marks the prompt for more of a command.
if [ -n "$BASH_VERSION" ]; then
  PS1="\[\e]133;A\a\]$PS1\[\e]133;B\a\]"
  PS2='\[\e]133;A;k=s\a\]> \[\e]133;B\a\]'
  PS0='\e]133;C\a'
  PROMPT_COMMAND='printf "\033]133;D;%d\007" "$?"'
fi
