# The prompt says which machine one is on, and nothing else.
PS1='\[\e[1;32m\]student@\h\[\e[0m\]:\[\e[1;34m\]\w\[\e[0m\]\$ '
alias ll='ls -l'
