//! Reads volumes: a union that is tried persistent, secret, host, ephemeral.

use super::reader::{Object, Out, Reader};
use super::scalar::Kind;
use crate::at::At;
use podform_model::Value;
use serde_json::Value as Json;

type Alternative = fn(&mut Reader, &Json, &At) -> Option<Value>;

/// A volume; what fits nothing else and has a name is ephemeral, without a word.
pub(super) fn volume(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let tried: [Alternative; 3] = [persistent, secret, host];
    tried
        .into_iter()
        .find_map(|alternative| reader.attempt(|reader| alternative(reader, json, at)))
        .or_else(|| ephemeral(reader, json, at))
}

/// Begins a volume with the given kind of name.
fn begin<'a>(
    reader: &mut Reader,
    json: &'a Json,
    at: &At,
    name: Kind,
) -> Option<(Object<'a>, Out)> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("name", reader.need(&mut object, "name", "name", name));
    Some((object, out))
}

fn persistent(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let (mut object, mut out) = begin(reader, json, at, Kind::NON_EMPTY)?;
    let (disk, at) = object.get("persistent", "persistent")?;
    out.put("persistent", Some(self::disk(reader, disk, &at)?));
    reader.close(object);
    Some(out.value())
}

fn disk(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    let kinds = Kind::Enum(&["root", "path", "mount"]);
    out.put("type", reader.take(&mut object, "type", "type", kinds));
    out.put("size", reader.need(&mut object, "size", "size", Kind::SIZE));
    out.put("max_size", reader.take(&mut object, "maxSize", "max_size", Kind::SIZE));
    out.put("profile_name", reader.take(&mut object, "profileName", "profile_name", Kind::ANY));
    if let Some((json, at)) = object.get("constraints", "constraint") {
        out.put("constraint", reader.items(json, &at, disk_constraint));
    }
    reader.close(object);
    Some(out.value())
}

/// `["path", "LIKE", REGEX]`.
fn disk_constraint(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let texts = reader.scalar(Kind::List { min: 0 }, json, at)?;
    let mut texts = texts.as_list()?.iter();
    let mut out = Out::default();
    for name in ["field", "operator", "value"] {
        out.put(name, texts.next().cloned());
    }
    Some(out.value())
}

fn secret(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let (mut object, mut out) = begin(reader, json, at, Kind::NON_EMPTY)?;
    let secret = object.raw("secret")?;
    out.put("secret", reader.secret(Some(secret), at));
    reader.close(object);
    Some(out.value())
}

fn host(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let (mut object, mut out) = begin(reader, json, at, Kind::Name)?;
    let (path, at) = object.get("host", "host")?;
    out.put("host", reader.scalar(Kind::ANY, path, &at));
    reader.close(object);
    Some(out.value())
}

fn ephemeral(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let (mut object, out) = begin(reader, json, at, Kind::Name)?;
    for other in ["persistent", "secret", "host", "external"] {
        if let Some((_, at)) = object.within(other) {
            reader.drop(&at, "cannot be read, so Marathon makes the volume ephemeral");
        }
    }
    reader.close(object);
    Some(out.value())
}
