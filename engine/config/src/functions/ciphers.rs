//! Passwords, keys and ids.

use super::numbers::number;
use super::text::arg;
use super::{Function, Outcome, Outside, Parameter, bad, function, outside, wrong};
use crate::value::{Ty, Val};
use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// The highest cost of `bcrypt`: each step more doubles the time, which is about a second here.
const MAX_COST: u32 = 14;
/// The cost of `bcrypt` without one, or with one that is too low.
const COST: u32 = 10;
/// What `bcrypt` looks at of a password.
const PASSWORD: usize = 72;

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Number, Text};
    vec![
        outside("bcrypt", &[Text, Number], Ty::String, bcrypt).optional(1),
        function("rsadecrypt", &[Text, Text], Ty::String, rsadecrypt),
        outside("uuid", &[], Ty::String, |rim, _| {
            let unknown = Val::unknown(Ty::String);
            Ok(rim.random().map_or(unknown, |bytes| {
                let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
                Val::String(id.to_string().into())
            }))
        }),
        function("uuidv5", &[Text, Text], Ty::String, uuidv5),
    ]
}

fn bcrypt(rim: &Outside<'_>, arguments: &[Val]) -> Outcome {
    let text = arg(arguments, 0);
    let cost = match arguments.get(1) {
        None => COST,
        Some(_) => match number(arguments, 1)
            .as_i64()
            .and_then(|cost| u32::try_from(cost.max(0)).ok())
        {
            Some(cost) if cost <= MAX_COST => cost,
            _ => return Err(bad(1, format!("the cost must be a whole number up to {MAX_COST}"))),
        },
    };
    let cost = if cost < 4 { COST } else { cost };
    if text.len() > PASSWORD {
        return Err(bad(0, format!("a password must have at most {PASSWORD} bytes")));
    }
    let Some(salt) = rim.random() else { return Ok(Val::unknown(Ty::String)) };
    let hash = bcrypt::hash_with_salt(text, cost, salt)
        .map_err(|error| wrong(format!("it cannot be hashed: {error}")))?;
    Ok(Val::String(hash.format_for_version(bcrypt::Version::TwoA).into()))
}

/// The private part of a key in PEM: PKCS#1 or PKCS#8.
fn private_key(pem: &str) -> Option<(&str, Vec<u8>)> {
    let start = pem.find("-----BEGIN ")? + "-----BEGIN ".len();
    let (label, rest) = pem[start..].split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    Some((label, STANDARD.decode(body).ok()?))
}

fn rsadecrypt(arguments: &[Val]) -> Outcome {
    let cipher = STANDARD
        .decode(arg(arguments, 0))
        .map_err(|_| bad(0, "the text to decrypt must be base64"))?;
    let no_key = || {
        bad(1, "expected an RSA private key in PEM, of at least 2048 bits and without a password")
    };
    let (label, der) = private_key(arg(arguments, 1)).ok_or_else(no_key)?;
    let der = if label == "RSA PRIVATE KEY" { pkcs8(&der) } else { der };
    let key = PrivateDecryptingKey::from_pkcs8(&der).map_err(|_| no_key())?;
    let key = Pkcs1PrivateDecryptingKey::new(key).map_err(|_| no_key())?;
    let mut out = vec![0; key.min_output_size()];
    let plain = key
        .decrypt(&cipher, &mut out)
        .map_err(|_| wrong("the text cannot be decrypted with this key"))?;
    let text =
        std::str::from_utf8(plain).map_err(|_| wrong("the decrypted bytes are not UTF-8"))?;
    Ok(Val::string(text))
}

/// A key of PKCS#1 in the envelope of PKCS#8.
fn pkcs8(key: &[u8]) -> Vec<u8> {
    // INTEGER 0, and SEQUENCE { OID rsaEncryption, NULL }.
    const HEAD: &[u8] =
        &[2, 1, 0, 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let mut inner = HEAD.to_vec();
    inner.extend(der(4, key));
    der(0x30, &inner)
}

/// A value of DER with its tag and length.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match (content.len(), u8::try_from(digits.len())) {
        (0..128, _) => out.push(digits.first().copied().unwrap_or(0)),
        (_, Ok(count)) => {
            out.push(0x80 | count);
            out.extend(digits);
        }
        _ => {}
    }
    out.extend_from_slice(content);
    out
}

fn uuidv5(arguments: &[Val]) -> Outcome {
    let namespace = match arg(arguments, 0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        text => Uuid::parse_str(text)
            .map_err(|_| bad(0, "the namespace must be `dns`, `url`, `oid`, `x500` or a UUID"))?,
    };
    let id = Uuid::new_v5(&namespace, arg(arguments, 1).as_bytes());
    Ok(Val::String(id.to_string().into()))
}
