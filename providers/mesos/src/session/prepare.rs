//! Looks up what a step needs before the machine takes it: the typed pod and its secrets.

use super::Prepared;
use crate::cluster::Cluster;
use crate::lower::Template;
use podform_model::pod::Pod;
use podform_model::{Diagnostic, code};
use podform_provider::Step;
use std::sync::Arc;

/// Makes a step ready. What cannot be looked up is the step's problem, not the session's.
pub(crate) fn prepare(cluster: &Cluster, step: Step) -> Prepared {
    match template(cluster, &step) {
        Ok(template) => Prepared { step, template: template.map(Arc::new), problem: None },
        Err(problem) => {
            let problem = Some((*problem).at(&step.address));
            Prepared { step, template: None, problem }
        }
    }
}

fn template(cluster: &Cluster, step: &Step) -> Result<Option<Template>, Box<Diagnostic>> {
    let Some(value) = &step.value else { return Ok(None) };
    let pod = Pod::from_value(value).map_err(|what| {
        let text = format!("the pod cannot be launched: {what}");
        Box::new(Diagnostic::error(code::PROVIDER_POD_FAILED, text))
    })?;
    // A step that launches nothing needs no secret, and asks for none.
    let secrets = if step.launch.is_empty() {
        Default::default()
    } else {
        cluster.resolve_secrets(&pod, &step.secrets)?
    };
    Ok(Some(Template::new(
        step.address.clone(),
        pod,
        &cluster.settings,
        &cluster.lineage,
        &cluster.user(),
        secrets,
    )))
}
