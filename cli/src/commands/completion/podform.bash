# Completion of podform for bash: source <(podform completion bash)
_podform() {
    local words=("${COMP_WORDS[@]:0:COMP_CWORD+1}")
    mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" __complete bash "$COMP_CWORD" "${words[@]}" 2>/dev/null)
    # No space after what a value or a further part of a path follows.
    case "${COMPREPLY[0]}" in
        *= | */) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -F _podform podform
