# The prompt says which machine one is on. A plain $, although the student is root here: the course
# speaks of a shell, and # starts a comment.
PS1='\[\e[1;32m\]student@\h\[\e[0m\]:\[\e[1;34m\]\w\[\e[0m\]$ '
alias ll='ls -l'
