#compdef podform
# Completion of podform for zsh: source <(podform completion zsh), after compinit.
_podform() {
    local line value help
    local -a candidates folders
    while IFS= read -r line; do
        value="${line%%$'\t'*}"
        help="${line#*$'\t'}"
        value="${value//:/\\:}"
        if [[ "$value" == */ ]]; then
            folders+=("$value")
        else
            candidates+=("${value}${help:+:${help}}")
        fi
    done < <("${words[1]}" __complete zsh "$((CURRENT - 1))" "${(@)words[1,CURRENT]}" 2>/dev/null)
    _describe -V podform candidates
    # A folder is the beginning of a path: no space after it.
    _describe -V podform folders -S ''
}
if [ "${funcstack[1]}" = "_podform" ]; then
    _podform "$@"
else
    compdef _podform podform
fi
