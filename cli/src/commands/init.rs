//! `podform init`

use crate::args::InitArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::lockfile::{self, Entry, LOCK_FILE, Lock};
use crate::modules::Installer;
use crate::plugins::{host_options, search_path};
use crate::workspace::Workspace;
use podform_config::RequiredProvider;
use podform_model::{Diagnostic, Diagnostics, code};
use podform_plugin_host::{
    Candidate, Constraint, HostOptions, LockedProvider, SearchPath, discover_all, load,
};
use semver::Version;
use std::collections::BTreeSet;
use std::path::Path;

/// Downloads the modules and finds the plugins that the configuration needs, and locks their
/// versions and hashes.
///
/// # Errors
/// The configuration or the lock file is wrong, or a plugin is not found, does not fit, or is
/// another one than the locked.
pub fn run(context: &Context, args: &InitArgs) -> Result<Exit> {
    let former = lockfile::read_lock(context)?;
    let installer = Installer::new(context, former.modules.clone(), args.upgrade);
    let workspace = Workspace::load_with(context, &[], false, &installer)?;
    let chooser = Chooser {
        context,
        search: search_path(&args.plugin_dir),
        options: host_options(None)?,
        locked: former.providers.clone(),
        upgrade: args.upgrade,
    };
    context.answer("Initializing provider plugins...\n")?;
    let mut diagnostics = Diagnostics::new();
    let mut entries = Vec::new();
    for required in workspace.configuration.required_providers() {
        match chooser.choose(&required) {
            Ok(entry) => entries.extend(entry),
            Err(Failure(found)) => diagnostics.extend(at(found, &required)),
        }
    }
    if diagnostics.has_errors() {
        return Err(diagnostics.into());
    }
    context.report(&diagnostics);
    finish(context, &former, &Lock { providers: entries, modules: installer.used() })
}

/// Points findings that have no place to where the configuration names the provider.
fn at(mut found: Diagnostics, required: &RequiredProvider) -> Diagnostics {
    for diagnostic in &mut found.0 {
        if diagnostic.labels.is_empty() {
            diagnostic.labels.extend(required.label.clone());
        }
    }
    found
}

fn finish(context: &Context, former: &Lock, lock: &Lock) -> Result<Exit> {
    let changed = lockfile::write(lock)?;
    if changed && *former == Lock::default() {
        context.answer(&format!(
            "\npodform has made the lock file `{LOCK_FILE}`, which records the plugins and modules \
             chosen above.\nPut it under version control, so that everybody runs the same ones.\n"
        ))?;
    } else if changed {
        context.answer(&format!(
            "\npodform has changed the lock file `{LOCK_FILE}`. Look at the change, and put it\n\
             under version control if it is as you expect.\n"
        ))?;
    }
    context.answer(
        "\npodform has been successfully initialized!\n\n\
         You may now begin with `podform plan`, which shows what would change.\n",
    )?;
    Ok(Exit::Ok)
}

/// Chooses plugins.
struct Chooser<'a> {
    context: &'a Context,
    search: SearchPath,
    options: HostOptions,
    locked: Vec<Entry>,
    upgrade: bool,
}

/// A plugin that was found and says its version.
struct Found {
    candidate: Candidate,
    version: Version,
}

impl Chooser<'_> {
    /// Chooses the plugin of one provider; `None` when nothing is to be locked.
    fn choose(&self, required: &RequiredProvider) -> Result<Option<Entry>> {
        let name = &required.name;
        let constraint = constraint(required)?;
        let former = self.locked.iter().find(|entry| entry.provider.name == *name);
        let candidates = self.candidates(name)?;
        if candidates.iter().any(|candidate| candidate.dev) {
            self.overridden(name, &candidates)?;
            return Ok(former.cloned());
        }
        match former.filter(|_| !self.upgrade) {
            Some(former) => self.keep(former, required, constraint.as_ref(), candidates).map(Some),
            None => self.newest(former, required, constraint.as_ref(), candidates).map(Some),
        }
    }

    /// The files of the provider, each content once.
    fn candidates(&self, name: &str) -> Result<Vec<Candidate>> {
        let mut seen = BTreeSet::new();
        let mut found =
            discover_all(name, &self.search).map_err(|error| Failure::from(error.diagnostic()))?;
        found.retain(|candidate| seen.insert(candidate.sha256.clone()));
        Ok(found)
    }

    fn overridden(&self, name: &str, candidates: &[Candidate]) -> Result<()> {
        for candidate in candidates.iter().filter(|candidate| candidate.dev) {
            let path = candidate.path.display();
            let summary = format!("provider `{name}` is overridden by `{path}` and not locked");
            self.context.report(
                &Diagnostic::warning(code::PLUGIN_NOT_LOCKED, summary)
                    .help("unset PODFORM_PLUGIN_DEV to use and lock an installed plugin")
                    .into(),
            );
        }
        self.context.answer(&format!("- Using the development override of {name}\n"))
    }

    /// Uses what is locked.
    fn keep(
        &self,
        former: &Entry,
        required: &RequiredProvider,
        constraint: Option<&Constraint>,
        candidates: Vec<Candidate>,
    ) -> Result<Entry> {
        let LockedProvider { name, version, hashes, .. } = &former.provider;
        let locked = Version::parse(version)
            .map_err(|error| Failure::new(code::PLUGIN_LOCK_FILE, error.to_string()))?;
        if let Some(constraint) = constraint.filter(|constraint| !constraint.accepts(&locked)) {
            let summary = format!(
                "provider `{name}` is locked to {version}, the configuration asks for \
                 `{constraint}`"
            );
            return Err(
                Failure::new(code::PLUGIN_NOT_LOCKED, summary).help("run `podform init -upgrade`")
            );
        }
        let files: Vec<String> =
            candidates.iter().map(|found| found.path.display().to_string()).collect();
        for candidate in candidates {
            if hashes.contains(&candidate.sha256) {
                load(&candidate, Some(&former.provider), &self.options)
                    .map_err(|error| Failure::from(error.diagnostic()))?;
                let path = candidate.path.display();
                self.context.answer(&format!("- Using locked {name} v{version} ({path})\n"))?;
                let constraints = required.version.clone();
                return Ok(Entry { constraints, ..former.clone() });
            }
        }
        let summary = format!("no plugin of `{name}` is the one that the lock file names");
        Err(Diagnostic::error(code::PLUGIN_CHECKSUM, summary)
            .detail(format!("version {version} is locked; other files are {}", files.join(", ")))
            .help("if you trust the files run `podform init -upgrade`, else restore the former one")
            .into())
    }

    /// Locks the newest that fits.
    fn newest(
        &self,
        former: Option<&Entry>,
        required: &RequiredProvider,
        constraint: Option<&Constraint>,
        candidates: Vec<Candidate>,
    ) -> Result<Entry> {
        let name = &required.name;
        let wanted = constraint.map_or_else(String::new, |c| format!(" matching `{c}`"));
        self.context.answer(&format!("- Finding plugins of {name}{wanted}...\n"))?;
        let found = candidates
            .into_iter()
            .map(|candidate| self.ask(candidate))
            .collect::<Result<Vec<Found>>>()?;
        let fits = |found: &&Found| constraint.is_none_or(|c| c.accepts(&found.version));
        // The first of several equal ones, as it is what a run finds too.
        let chosen = found.iter().rev().filter(fits).max_by(|a, b| a.version.cmp(&b.version));
        let Some(Found { candidate, version }) = chosen else {
            return Err(none_fits(name, constraint, &found));
        };
        let path = candidate.path.display();
        self.context.answer(&format!("- Found {name} v{version} ({path})\n"))?;
        let same = former.filter(|former| former.provider.version == version.to_string());
        let mut hashes = same.map(|former| former.provider.hashes.clone()).unwrap_or_default();
        if !hashes.contains(&candidate.sha256) {
            hashes.push(candidate.sha256.clone());
        }
        let source = required.source.clone().unwrap_or_else(|| format!("podform/{name}"));
        let (name, version) = (name.clone(), version.to_string());
        let provider = LockedProvider { name, source, version, hashes };
        Ok(Entry { provider, constraints: required.version.clone() })
    }

    /// Loads a plugin to ask its version.
    fn ask(&self, candidate: Candidate) -> Result<Found> {
        let loaded = load(&candidate, None, &self.options)
            .map_err(|error| Failure::from(error.diagnostic()))?;
        let text = &loaded.description().version;
        let version = Version::parse(text).map_err(|_| {
            let path = candidate.path.display();
            let summary = format!("the plugin `{path}` says it has version `{text}`");
            Failure::new(code::PLUGIN_PROTOCOL, summary)
                .help("report this to the author of the plugin")
        })?;
        Ok(Found { candidate, version })
    }
}

fn constraint(required: &RequiredProvider) -> Result<Option<Constraint>> {
    let parse = |text: &String| {
        text.parse::<Constraint>().map_err(|error| Failure::new(code::INVALID_VALUE, error))
    };
    required.version.as_ref().map(parse).transpose()
}

fn none_fits(name: &str, constraint: Option<&Constraint>, found: &[Found]) -> Failure {
    let wanted = constraint.map(ToString::to_string).unwrap_or_default();
    let versions: Vec<String> = found
        .iter()
        .map(|found| format!("{} in {}", found.version, folder(&found.candidate.path)))
        .collect();
    Diagnostic::error(code::PLUGIN_NOT_FOUND, format!("no plugin of `{name}` fits `{wanted}`"))
        .detail(format!("found are {}", versions.join(", ")))
        .help("change the constraint in `required_providers`, or install such a version")
        .into()
}

fn folder(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}
