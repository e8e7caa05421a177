"""Shell functions for scripts that tests run on a node."""

# Defined on the node before a script: asks until the answer has a word in it, at most 40 s.
UNTIL = """
    until_says() {
        word=$1 tries=0; shift
        until said=$("$@" 2>&1) && case $said in *"$word"*) true ;; *) false ;; esac; do
            [ $((tries += 1)) -lt 800 ] || { echo "$said"; exit 1; }
            sleep 0.05
        done
        echo "$said"
    }
"""
