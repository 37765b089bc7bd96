//! Reads a container.

use super::reader::{Object, Out, Reader};
use super::scalar::Kind;
use crate::at::{At, Stage};
use podform_model::Value;
use serde_json::Value as Json;

pub(super) fn container(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("name", reader.need(&mut object, "name", "name", Kind::Name));
    if let Some((json, at)) = object.within("exec") {
        exec(reader, json, &at, &mut out);
    }
    match object.get("resources", "resources") {
        Some((json, at)) => out.put("resources", resources(reader, json, &at)),
        None => reader.fault(&at.field("resources", "resources"), "error.path.missing"),
    }
    let blocks: [(&'static str, &'static str, Read); 3] = [
        ("resourceLimits", "limits", limits),
        ("image", "image", image),
        ("healthCheck", "health_check", |reader, json, at| health_check(reader, json, at, true)),
    ];
    for (theirs, ours, read) in blocks {
        if let Some((json, at)) = object.get(theirs, ours) {
            out.put(ours, read(reader, json, &at));
        }
    }
    if let Some((json, at)) = object.get("environment", "environment") {
        out.put("environment", reader.environment(json, &at));
    }
    out.put("user", user(reader, &mut object));
    out.put("labels", reader.take(&mut object, "labels", "labels", Kind::Texts));
    out.put("tty", reader.take(&mut object, "tty", "tty", Kind::Bool));
    let lists: [(&'static str, &'static str, Read); 3] = [
        ("endpoints", "endpoint", endpoint),
        ("volumeMounts", "volume_mount", volume_mount),
        ("artifacts", "artifact", artifact),
    ];
    for (theirs, ours, read) in lists {
        if let Some((json, at)) = object.get(theirs, ours) {
            out.put(ours, reader.items(json, &at, read));
        }
    }
    if let Some((json, at)) = object.within("lifecycle")
        && let Some(mut object) = reader.object(json, &at)
    {
        let ours = "kill_grace_period";
        let period = reader.take(&mut object, "killGracePeriodSeconds", ours, Kind::Seconds);
        out.put(ours, period);
        reader.close(object);
    }
    if let Some((json, at)) = object.get("linuxInfo", "linux") {
        out.put("linux", linux(reader, json, &at));
    }
    if let Some((json, at)) = object.within("check") {
        health_check(reader, json, &at, false);
        reader.drop(&at, "is read and then thrown away");
    }
    reader.close(object);
    Some(out.value())
}

type Read = fn(&mut Reader, &Json, &At) -> Option<Value>;

/// An empty user is none.
fn user(reader: &mut Reader, object: &mut Object<'_>) -> Option<Value> {
    let user = reader.take(object, "user", "user", Kind::ANY)?;
    (user.as_str() != Some("")).then_some(user)
}

fn exec(reader: &mut Reader, json: &Json, at: &At, out: &mut Out) {
    let Some(mut object) = reader.object(json, at) else { return };
    match object.within("command") {
        Some((json, at)) => command(reader, json, &at, out),
        None => reader.fault(&at.field("command", "command"), "error.path.missing"),
    }
    let ours = "override_entrypoint";
    out.put(ours, reader.take(&mut object, "overrideEntrypoint", ours, Kind::Bool));
    reader.close(object);
}

/// A union: `shell`, else `argv`; with both `shell` wins.
fn command(reader: &mut Reader, json: &Json, at: &At, out: &mut Out) {
    let Json::Object(_) = json else {
        reader.fault(&at.field("argv", "argv"), "error.path.missing");
        return;
    };
    let shell = reader.attempt(|reader| {
        let mut object = reader.object(json, at)?;
        let shell = reader.need(&mut object, "shell", "command", Kind::NON_EMPTY)?;
        if let Some((_, at)) = object.within("argv") {
            reader.drop(&at, "is ignored beside `shell`");
        }
        reader.close(object);
        Some(shell)
    });
    if let Some(shell) = shell {
        out.put("command", Some(shell));
        return;
    }
    let Some(mut object) = reader.object(json, at) else { return };
    out.put("argv", reader.need(&mut object, "argv", "argv", Kind::List { min: 1 }));
    if let Some((_, at)) = object.within("shell") {
        reader.drop(&at, "is no command, so Marathon takes `argv`");
    }
    reader.close(object);
}

fn resources(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    for (name, min) in [("cpus", 0.001), ("mem", 0.001), ("disk", 0.0)] {
        out.put(name, reader.take(&mut object, name, name, Kind::at_least(min)));
    }
    out.put("gpus", reader.take(&mut object, "gpus", "gpus", Kind::COUNT));
    reader.close(object);
    Some(out.value())
}

/// Numbers, or the text `unlimited`; another text makes Marathon fail with a status of 500.
fn limits(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    for name in ["cpus", "mem"] {
        let Some((json, at)) = object.get(name, name) else { continue };
        let limit = match json {
            Json::Number(_) => {
                reader.scalar(Kind::Double { min: f64::MIN, max: f64::MAX }, json, &at)
            }
            Json::String(text) if text != "unlimited" => {
                reader.refuse(Stage::Rules, &at, "is neither a number nor \"unlimited\"");
                None
            }
            _ => reader.scalar(Kind::ANY, json, &at),
        };
        out.put(name, limit);
    }
    reader.close(object);
    Some(out.value())
}

fn image(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("kind", reader.need(&mut object, "kind", "kind", Kind::Enum(&["DOCKER"])));
    out.put("id", reader.need(&mut object, "id", "id", Kind::PATH));
    out.put("force_pull", reader.take(&mut object, "forcePull", "force_pull", Kind::Bool));
    if let Some((json, at)) = object.get("pullConfig", "pull_secret")
        && let Some(mut object) = reader.object(json, &at)
    {
        let secret = object.raw("secret");
        out.put("pull_secret", reader.secret(secret, &at));
        reader.close(object);
    }
    out.put("labels", reader.take(&mut object, "labels", "labels", Kind::Texts));
    reader.close(object);
    Some(out.value())
}

fn endpoint(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("name", reader.need(&mut object, "name", "name", Kind::Name));
    let port = Kind::Int { min: 1, max: 65535 };
    out.put("container_port", reader.take(&mut object, "containerPort", "container_port", port));
    let port = Kind::Int { min: 0, max: 65535 };
    out.put("host_port", reader.take(&mut object, "hostPort", "host_port", port));
    let protocol = reader.take(&mut object, "protocol", "protocol", Kind::List { min: 1 });
    // Absent is none to Marathon, and TCP to podform.
    out.put("protocol", Some(protocol.unwrap_or_else(|| Value::list(Vec::new()))));
    out.put("labels", reader.take(&mut object, "labels", "labels", Kind::Texts));
    let names = reader.take(&mut object, "networkNames", "network_names", Kind::List { min: 0 });
    out.put("network_names", names);
    reader.close(object);
    Some(out.value())
}

fn volume_mount(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("name", reader.need(&mut object, "name", "name", Kind::Name));
    out.put("path", reader.need(&mut object, "mountPath", "path", Kind::PATH));
    out.put("read_only", reader.take(&mut object, "readOnly", "read_only", Kind::Bool));
    reader.close(object);
    Some(out.value())
}

fn artifact(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("uri", reader.need(&mut object, "uri", "uri", Kind::PATH));
    out.put("dest_path", reader.take(&mut object, "destPath", "dest_path", Kind::PATH));
    for name in ["extract", "executable", "cache"] {
        out.put(name, reader.take(&mut object, name, name, Kind::Bool));
    }
    reader.close(object);
    Some(out.value())
}

/// A health check, or (not `full`) a check, which has neither grace period nor failures.
fn health_check(reader: &mut Reader, json: &Json, at: &At, full: bool) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    if let Some((json, at)) = object.get("http", "http") {
        out.put("http", http(reader, json, &at));
    }
    if let Some((json, at)) = object.get("tcp", "tcp")
        && let Some(mut tcp) = reader.object(json, &at)
    {
        let mut inner = Out::default();
        inner.put("endpoint", reader.need(&mut tcp, "endpoint", "endpoint", Kind::Name));
        reader.close(tcp);
        out.put("tcp", Some(inner.value()));
    }
    if let Some((json, at)) = object.within("exec")
        && let Some(mut exec) = reader.object(json, &at)
    {
        match exec.within("command") {
            Some((json, at)) => command(reader, json, &at, &mut out),
            None => reader.fault(&at.field("command", "command"), "error.path.missing"),
        }
        reader.close(exec);
    }
    let both =
        [("intervalSeconds", "interval"), ("timeoutSeconds", "timeout"), ("delaySeconds", "delay")];
    let only_full = [
        ("gracePeriodSeconds", "grace_period"),
        ("maxConsecutiveFailures", "max_consecutive_failures"),
    ];
    for (theirs, ours) in both.into_iter().chain(only_full.into_iter().filter(|_| full)) {
        out.put(ours, reader.take(&mut object, theirs, ours, Kind::COUNT));
    }
    reader.close(object);
    Some(out.value())
}

fn http(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("endpoint", reader.need(&mut object, "endpoint", "endpoint", Kind::Name));
    out.put("path", reader.take(&mut object, "path", "path", Kind::PATH));
    let schemes = Kind::Enum(&["HTTP", "HTTPS"]);
    out.put("scheme", reader.take(&mut object, "scheme", "scheme", schemes));
    reader.close(object);
    Some(out.value())
}

fn linux(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    ipc(reader, &mut object, &mut out);
    if let Some((json, at)) = object.within("seccomp") {
        seccomp(reader, json, &at, &mut out);
    }
    reader.close(object);
    (!out.is_empty()).then(|| out.value())
}

/// The `ipcInfo` of a `linuxInfo`.
pub(super) fn ipc(reader: &mut Reader, linux: &mut Object<'_>, out: &mut Out) {
    let Some((json, at)) = linux.within("ipcInfo") else { return };
    let Some(mut object) = reader.object(json, &at) else { return };
    let modes = Kind::Enum(&["PRIVATE", "SHARE_PARENT"]);
    out.put("ipc_mode", reader.need(&mut object, "mode", "ipc_mode", modes));
    let size = Kind::Int { min: i64::from(i32::MIN), max: i64::from(i32::MAX) };
    out.put("shm_size", reader.take(&mut object, "shmSize", "shm_size", size));
    reader.close(object);
}

/// An object that takes its defaults, silently, where a member has the wrong type.
fn seccomp(reader: &mut Reader, json: &Json, at: &At, out: &mut Out) {
    let read = reader.attempt(|reader| {
        let mut object = reader.object(json, at)?;
        let profile = reader.take(&mut object, "profileName", "seccomp_profile", Kind::ANY);
        let unconfined = reader.take(&mut object, "unconfined", "seccomp_unconfined", Kind::Bool);
        reader.close(object);
        Some((profile, unconfined))
    });
    if read.is_none() {
        reader.drop(at, "has a member of the wrong type, so Marathon takes its defaults");
    }
    let (profile, unconfined) = read.unwrap_or_default();
    // Said even when it is the default: without a profile that is wrong.
    let confined = profile.is_none().then_some(Value::Bool(false));
    out.put("seccomp_profile", profile);
    out.put("seccomp_unconfined", unconfined.or(confined));
}
