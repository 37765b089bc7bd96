//! `ContainerInfo`: images, volumes, networks and Linux settings.

use super::endpoint::{Assigned, port_mappings};
use super::{Template, is_own, labels};
use podform_mesos_proto::{
    ContainerInfo, ContainerType, DockerImage, Image, ImageType, IpcMode, LinuxInfo, MesosInfo,
    NetworkInfo, SandboxPath, SandboxPathType, SeccompInfo, TtyInfo, Volume, VolumeMode,
    VolumeSource, VolumeSourceType,
};
use podform_model::pod::{
    self, Container, Ipc, Network, Seccomp, VolumeMount, VolumeSource as PodVolume,
};

impl Template {
    /// The executor's container: the pod's networks and IPC namespace. `None`: nothing to say.
    pub(super) fn executor_container(&self, ports: &Assigned) -> Option<ContainerInfo> {
        let pod = &self.pod;
        let network_infos: Vec<NetworkInfo> = pod
            .networks
            .iter()
            .filter(|network| is_own(network))
            .map(|network| self.network(network, ports))
            .collect();
        let linux_info = (pod.linux != Ipc::default()).then(|| LinuxInfo {
            // An executor's container always has its own cgroup.
            share_cgroups: Some(false),
            ..ipc(pod.linux)
        });
        if network_infos.is_empty() && linux_info.is_none() {
            return None;
        }
        Some(ContainerInfo {
            r#type: ContainerType::Mesos,
            network_infos,
            linux_info,
            ..ContainerInfo::default()
        })
    }

    fn network(&self, network: &Network, ports: &Assigned) -> NetworkInfo {
        let (name, network_labels) = match network {
            Network::Bridge { labels } => (self.bridge_network.clone(), labels),
            Network::Container { name, labels } => {
                (name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(), labels)
            }
            // Filtered before: the agent's own network is said by saying nothing.
            Network::Host => return NetworkInfo::default(),
        };
        NetworkInfo {
            port_mappings: port_mappings(&self.pod, &name, ports),
            name: Some(name),
            labels: labels(network_labels),
            ..NetworkInfo::default()
        }
    }

    /// A task's container.
    pub(super) fn task_container(&self, container: &Container) -> ContainerInfo {
        let seccomp = container.seccomp.as_ref().map(|seccomp| match seccomp {
            Seccomp::Profile(name) => {
                SeccompInfo { profile_name: Some(name.as_str().to_owned()), unconfined: None }
            }
            Seccomp::Unconfined => SeccompInfo { profile_name: None, unconfined: Some(true) },
        });
        let linux_info = LinuxInfo {
            share_cgroups: Some(self.pod.legacy_shared_cgroups),
            seccomp,
            ..ipc(container.ipc)
        };
        ContainerInfo {
            r#type: ContainerType::Mesos,
            volumes: container.volume_mounts.iter().filter_map(|m| self.volume(m)).collect(),
            mesos: container
                .image
                .as_ref()
                .map(|image| MesosInfo { image: Some(self.image(image)) }),
            linux_info: Some(linux_info),
            tty_info: container.tty.then(TtyInfo::default),
            ..ContainerInfo::default()
        }
    }

    fn image(&self, image: &pod::Image) -> Image {
        Image {
            r#type: ImageType::Docker,
            docker: Some(DockerImage {
                name: image.id.as_str().to_owned(),
                config: image.pull_secret.as_deref().map(|name| self.secret(name)),
            }),
            cached: !image.force_pull,
            ..Image::default()
        }
    }

    /// A mount; `None` for a volume that is not declared, which the pod's rules refuse before.
    fn volume(&self, mount: &VolumeMount) -> Option<Volume> {
        let volume = self.pod.volume(&mount.volume)?;
        let sandbox = |path: String| VolumeSource {
            r#type: Some(VolumeSourceType::SandboxPath),
            sandbox_path: Some(SandboxPath { r#type: Some(SandboxPathType::Parent), path }),
            ..VolumeSource::default()
        };
        let (host_path, source) = match &volume.source {
            PodVolume::Ephemeral => (None, Some(sandbox(format!("volumes/{}", volume.name)))),
            PodVolume::Persistent(_) => (None, Some(sandbox(volume.name.clone()))),
            PodVolume::Host(path) => (Some(path.as_str().to_owned()), None),
            PodVolume::Secret(name) => {
                let source = VolumeSource {
                    r#type: Some(VolumeSourceType::Secret),
                    secret: Some(self.secret(name)),
                    ..VolumeSource::default()
                };
                (None, Some(source))
            }
        };
        Some(Volume {
            mode: if mount.read_only { VolumeMode::Ro } else { VolumeMode::Rw },
            container_path: mount.path.as_str().to_owned(),
            host_path,
            source,
            ..Volume::default()
        })
    }
}

fn ipc(ipc: Ipc) -> LinuxInfo {
    LinuxInfo {
        ipc_mode: ipc.mode.map(|mode| match mode {
            pod::IpcMode::Private => IpcMode::Private,
            pod::IpcMode::ShareParent => IpcMode::ShareParent,
        }),
        shm_size: ipc.shm_size,
        ..LinuxInfo::default()
    }
}
