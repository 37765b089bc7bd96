//! What is wrong with the `moved` and `import` blocks, seen together with what is recorded.

use crate::input::{Inputs, Mode};
use crate::select::Scope;
use podform_model::{Address, Diagnostic, Diagnostics, Import, code};

/// Checks the blocks, and that `-target` leaves out nothing that moved.
pub(crate) fn check(inputs: &Inputs<'_>, scope: &Scope) -> Diagnostics {
    let refactor = &inputs.desired.refactor;
    let mut out = crate::moves::check(&refactor.moved);
    out.extend(blocked(&inputs.arrivals.blocked).unwrap_or_default());
    out.extend(left_out(inputs, scope).unwrap_or_default());
    if inputs.options.mode == Mode::Normal {
        let missing = refactor.imports.iter().filter(|import| {
            !inputs.desired.pods.contains_key(&import.to) && !inputs.pods.contains_key(&import.to)
        });
        missing.for_each(|import| out.push(undeclared(inputs, import)));
    }
    out
}

fn blocked(pairs: &[(Address, Address)]) -> Option<Diagnostics> {
    let (from, to) = pairs.first()?;
    let summary = match pairs.len() {
        1 => format!("{from} cannot move to {to}: another pod has this address"),
        count => format!("{count} pods cannot move: other pods have their new addresses"),
    };
    let list: Vec<String> =
        pairs.iter().map(|(from, to)| format!("{from} cannot move to {to}")).collect();
    let detail = format!(
        "{}\nA pod that cannot move keeps its address, and is destroyed if nothing declares it there.",
        list.join("\n")
    );
    let help = format!(
        "settle it in the state first: `podform state mv '{from}' 'ADDRESS'`, or `podform state rm '{to}'`"
    );
    let found = Diagnostic::warning(code::MOVED_BLOCKED, summary).detail(detail).help(help);
    Some(found.at(from).into())
}

fn left_out(inputs: &Inputs<'_>, scope: &Scope) -> Option<Diagnostics> {
    let moved = inputs.arrivals.moved.iter().filter(|(to, _)| !scope.contains(to));
    let moved: Vec<(&Address, &Address)> = moved.collect();
    let (to, _) = moved.first()?;
    let flags: Vec<String> = moved.iter().map(|(to, _)| format!("-target='{to}'")).collect();
    let list: Vec<String> = moved.iter().map(|(to, from)| format!("{from} is now {to}")).collect();
    let summary = "`-target` leaves out pods that have moved";
    let found = Diagnostic::error(code::PLAN_TARGETED, summary)
        .detail(list.join("\n"))
        .help(format!("leave out `-target`, or add `{}`", flags.join(" ")));
    Some(found.at(to).into())
}

fn undeclared(inputs: &Inputs<'_>, import: &Import) -> Diagnostic {
    let Import { to, label, .. } = import;
    let found = Diagnostic::error(
        code::IMPORT_UNDECLARED,
        format!("{to}, which is to be imported, is not declared"),
    )
    .label(label.clone());
    let same_block = |address: &Address| address.block() == to.block();
    match (&to.key, to.module.is_empty()) {
        _ if inputs.desired.pods.keys().any(same_block) => {
            found.help("name an instance that the pod's `count` or `for_each` makes")
        }
        (None, true) => found.help(format!(
            "declare `pod \"{}\"`, or have it written by `podform plan -generate-config-out=generated.pf.hcl`",
            to.name
        )),
        _ => found.help("declare the pod"),
    }
}
