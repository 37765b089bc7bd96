# Completion of podform for fish: podform completion fish > ~/.config/fish/completions/podform.fish
function __podform_complete
    set -l words (commandline -opc)
    $words[1] __complete fish (count $words) $words (commandline -ct) 2>/dev/null
end
complete -c podform -f -a '(__podform_complete)'
