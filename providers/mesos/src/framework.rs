//! How the framework introduces itself to a master.

use crate::private::Private;
use crate::settings::Settings;
use podform_mesos_proto::scheduler::{Call, Subscribe};
use podform_mesos_proto::{FrameworkCapabilityType, FrameworkId, FrameworkInfo};

/// A new framework id of our own making: a master accepts any (scheduler API, SUBSCRIBE).
pub(crate) fn new_id() -> String {
    format!("podform-{}", uuid::Uuid::new_v4())
}

/// The user of containers that name none, as the settings and the first apply have it.
pub(crate) fn user(settings: &Settings, private: &Private, caller: &str) -> String {
    let known = settings.user.as_deref().or(private.user.as_deref());
    known.unwrap_or(caller).to_owned()
}

/// `FrameworkInfo`: the same for every subscription of a framework, its roles apart.
pub(crate) fn info(settings: &Settings, private: &Private, user: &str) -> FrameworkInfo {
    let capabilities = [
        FrameworkCapabilityType::PartitionAware,
        FrameworkCapabilityType::MultiRole,
        FrameworkCapabilityType::TaskKillingState,
        FrameworkCapabilityType::ReservationRefinement,
    ];
    FrameworkInfo {
        user: user.to_owned(),
        name: settings.framework_name.clone(),
        id: private.framework_id.as_deref().map(FrameworkId::new),
        failover_timeout: settings.failover_timeout,
        checkpoint: true,
        roles: private.roles.iter().cloned().collect(),
        principal: settings.principal.clone(),
        capabilities: capabilities.map(Into::into).to_vec(),
        ..FrameworkInfo::default()
    }
}

/// The SUBSCRIBE call; `suppressed`: no offers are wanted for now.
pub(crate) fn subscribe(info: FrameworkInfo, suppressed: bool) -> Call {
    let suppressed_roles = if suppressed { info.roles.clone() } else { Vec::new() };
    Call::subscribe(Subscribe { framework_info: info, suppressed_roles, offer_constraints: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::Value;

    #[test]
    fn the_framework_survives_podform() {
        let settings = crate::settings::read(&Value::object::<&str>([]), "").0.unwrap();
        let private = Private {
            framework_id: Some(new_id()),
            roles: ["a".to_owned(), "b".to_owned()].into(),
            ..Private::default()
        };
        let info = info(&settings, &private, "root");
        assert!(info.checkpoint);
        assert!(info.failover_timeout > 1e6);
        let call = subscribe(info, true);
        assert_eq!(call.framework_id.unwrap().value, private.framework_id.unwrap());
        assert_eq!(call.subscribe.unwrap().suppressed_roles, ["a", "b"]);
    }

    #[test]
    fn the_user_of_the_first_apply_stays() {
        let settings = crate::settings::read(&Value::object::<&str>([]), "").0.unwrap();
        let private = Private { user: Some("ann".into()), ..Private::default() };
        assert_eq!(user(&settings, &private, "bob"), "ann");
        assert_eq!(user(&settings, &Private::default(), "bob"), "bob");
        let settings = Settings { user: Some("www".into()), ..settings };
        assert_eq!(user(&settings, &private, "bob"), "www");
    }
}
