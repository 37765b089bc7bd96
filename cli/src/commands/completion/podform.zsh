#compdef podform
# Completion of podform for zsh: source <(podform completion zsh), after compinit.
_podform() {
    local line value help
    local -a candidates
    while IFS= read -r line; do
        value="${line%%$'\t'*}"
        help="${line#*$'\t'}"
        candidates+=("${value//:/\\:}:${help}")
    done < <("${words[1]}" __complete zsh "$((CURRENT - 1))" "${(@)words[1,CURRENT]}" 2>/dev/null)
    _describe -V podform candidates
}
if [ "${funcstack[1]}" = "_podform" ]; then
    _podform "$@"
else
    compdef _podform podform
fi
