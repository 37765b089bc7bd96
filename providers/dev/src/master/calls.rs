//! The calls of a subscribed framework.

use super::info_rules;
use crate::http::Reply;
use crate::log::say;
use crate::world::World;
use podform_mesos_proto::FrameworkInfo;
use podform_mesos_proto::scheduler::{Call, CallType, Roles, UpdateFramework};

impl World {
    /// Carries out a call whose form, framework and stream were checked. 202 whatever comes of it.
    pub(super) fn call(&mut self, framework: &str, call: Call) -> Reply {
        match call.r#type {
            Some(CallType::Teardown) => self.remove_framework(framework),
            Some(CallType::Accept) => {
                if let Some(accept) = call.accept {
                    if !super::accept::is_played(&accept) {
                        return Reply::not_implemented();
                    }
                    self.accept(framework, accept);
                }
            }
            Some(CallType::Decline) => {
                if let Some(decline) = call.decline {
                    self.decline(framework, &decline);
                }
            }
            Some(CallType::Revive) => self.revive(framework, &call.revive.unwrap_or_default()),
            Some(CallType::Suppress) => {
                self.suppress(framework, &call.suppress.unwrap_or_default());
            }
            Some(CallType::Kill) => {
                if let Some(kill) = call.kill {
                    self.kill(framework, &kill);
                }
            }
            Some(CallType::Shutdown) => {
                if let Some(shutdown) = call.shutdown
                    && let Some(agent) = self.master.agents.get(&shutdown.agent_id.value)
                {
                    let index = agent.index;
                    self.on_shutdown_executor(index, framework, &shutdown.executor_id.value);
                }
            }
            Some(CallType::Acknowledge) => {
                if let Some(acknowledge) = call.acknowledge {
                    self.acknowledge(framework, &acknowledge);
                }
            }
            Some(CallType::Reconcile) => {
                self.reconcile(framework, &call.reconcile.unwrap_or_default());
            }
            Some(CallType::UpdateFramework) => {
                return match call.update_framework {
                    Some(update) => self.update_framework(framework, update),
                    None => Reply::empty(202),
                };
            }
            // The built-in allocator and the default executor ignore these as well, and inverse
            // offers are never made.
            Some(
                CallType::Request
                | CallType::Message
                | CallType::AcceptInverseOffers
                | CallType::DeclineInverseOffers,
            ) => {}
            _ => return Reply::not_implemented(),
        }
        Reply::empty(202)
    }

    fn revive(&mut self, framework: &str, revive: &Roles) {
        let Some(known) = self.master.frameworks.get_mut(framework) else { return };
        let subscribed = known.roles();
        if revive.roles.iter().any(|role| !subscribed.contains(role)) {
            return;
        }
        let roles = if revive.roles.is_empty() { &subscribed } else { &revive.roles };
        known.suppressed.retain(|role| !roles.contains(role));
        known.filters.retain(|filter| !roles.contains(&filter.role));
        self.allocate_to(framework);
    }

    fn suppress(&mut self, framework: &str, suppress: &Roles) {
        let Some(known) = self.master.frameworks.get_mut(framework) else { return };
        let subscribed = known.roles();
        if suppress.roles.iter().any(|role| !subscribed.contains(role)) {
            return;
        }
        let roles = if suppress.roles.is_empty() { subscribed } else { suppress.roles.clone() };
        known.suppressed.extend(roles);
    }

    fn update_framework(&mut self, framework: &str, update: UpdateFramework) -> Reply {
        let info = update.framework_info;
        if !super::scheduler::is_played(&info, update.offer_constraints.as_ref()) {
            return Reply::not_implemented();
        }
        if let Some(text) = info_rules::check(&info, &update.suppressed_roles) {
            return Reply::text(400, format!("Supplied FrameworkInfo is not valid: {text}"));
        }
        let Some(known) = self.master.frameworks.get_mut(framework) else {
            return Reply::text(400, "Framework cannot be found");
        };
        let info = FrameworkInfo {
            principal: info.principal.clone().or_else(|| known.info.principal.clone()),
            ..info
        };
        if let Some(text) = unsupported_change(&known.info, &info) {
            return Reply::text(400, format!("FrameworkInfo update is not valid: {text}"));
        }
        known.update(info);
        known.suppressed = update.suppressed_roles.into_iter().collect();
        let roles = known.roles();
        let dropped: Vec<_> = self
            .master
            .offers
            .iter()
            .filter(|(_, offer)| offer.framework == framework && !roles.contains(&offer.role))
            .map(|(id, _)| id.clone())
            .collect();
        for id in dropped {
            self.master.offers.shift_remove(&id);
            let event = podform_mesos_proto::scheduler::Event::rescind(id.into());
            self.send_to(framework, &event);
        }
        say!(self, "framework {framework} updated");
        Reply::empty(200)
    }
}

fn unsupported_change(old: &FrameworkInfo, new: &FrameworkInfo) -> Option<String> {
    let refused = |field: &str, from: &str, to: &str| {
        Some(format!(
            "Updating 'FrameworkInfo.{field}' is unsupported; \
             attempted to update from '{from}' to '{to}'"
        ))
    };
    if old.principal != new.principal {
        return Some("Changing framework's principal is not allowed.".to_owned());
    }
    if old.user != new.user {
        return refused("user", &old.user, &new.user);
    }
    if old.checkpoint != new.checkpoint {
        return refused("checkpoint", &old.checkpoint.to_string(), &new.checkpoint.to_string());
    }
    None
}
