//! How Mesos writes its messages as JSON, as traits and macros that every message of this crate is made with.
//!
//! The mapping is older than proto3's: enum names as strings (an unknown one in an optional field is as if unset), 64-bit integers as
//! numbers, `bytes` as base64, empty lists left out, optional fields with a declared default always written. A reader also takes numbers
//! and booleans written as strings, `null` for "unset", and ignores fields that it does not know.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

/// A value that may stand in a field of a Mesos message.
pub(crate) trait Wire: Sized {
    /// Reads a value that must be there.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Reads a value that may be `null`, or (enums only) a name this crate does not know.
    fn read_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::<In<Self>>::deserialize(deserializer)?.map(|value| value.0))
    }

    /// Writes the value.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Whether the field is left out of the written message.
    fn is_absent(&self) -> bool {
        false
    }
}

/// A value being read.
pub(crate) struct In<T>(pub(crate) T);

impl<'de, T: Wire> Deserialize<'de> for In<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(In)
    }
}

/// An optional value being read.
pub(crate) struct InOptional<T>(pub(crate) Option<T>);

impl<'de, T: Wire> Deserialize<'de> for InOptional<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read_optional(deserializer).map(InOptional)
    }
}

/// A value being written.
pub(crate) struct Out<'a, T>(pub(crate) &'a T);

impl<T: Wire> Serialize for Out<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read_optional(deserializer)
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Wire> Wire for Box<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self::new)
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::write(self, serializer)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Wire> Visitor<'de> for Items<T> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let mut items = Vec::new();
                // An enum name that is not known is left out, as in an optional field.
                while let Some(item) = seq.next_element::<InOptional<T>>()? {
                    items.extend(item.0);
                }
                Ok(items)
            }
        }
        deserializer.deserialize_seq(Items(PhantomData))
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for item in self {
            seq.serialize_element(&Out(item))?;
        }
        seq.end()
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Wire> Wire for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = BTreeMap::<String, In<T>>::deserialize(deserializer)?;
        Ok(entries.into_iter().map(|(key, value)| (key, value.0)).collect())
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, &Out(value))?;
        }
        map.end()
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Wire for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// A number or boolean as it may stand in a message.
struct Scalar<T>(PhantomData<T>);

/// What a [`Scalar`] can be made from.
trait FromScalar: Sized {
    const WHAT: &'static str;
    fn from_integer(value: i128) -> Option<Self>;
    fn from_double(value: f64) -> Option<Self>;
    fn from_boolean(value: bool) -> Option<Self>;
    fn from_text(text: &str) -> Option<Self>;
}

impl<T: FromScalar> Visitor<'_> for Scalar<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<T, E> {
        T::from_integer(v.into()).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(v), &self))
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<T, E> {
        T::from_integer(v.into())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(v), &self))
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<T, E> {
        T::from_double(v).ok_or_else(|| E::invalid_value(de::Unexpected::Float(v), &self))
    }
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<T, E> {
        T::from_boolean(v).ok_or_else(|| E::invalid_type(de::Unexpected::Bool(v), &self))
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<T, E> {
        T::from_text(v).ok_or_else(|| E::invalid_value(de::Unexpected::Str(v), &self))
    }
}

macro_rules! integer {
    ($($t:ty, $what:literal, $write:ident;)*) => { $(
        impl FromScalar for $t {
            const WHAT: &'static str = $what;
            fn from_integer(value: i128) -> Option<Self> {
                Self::try_from(value).ok()
            }
            fn from_double(value: f64) -> Option<Self> {
                // The bound keeps the cast exact: every double with no fraction below it is an integer of i128.
                if value.fract() == 0.0 && value.abs() < 1e30 {
                    #[expect(clippy::cast_possible_truncation, reason = "no fraction and within i128, checked above")]
                    return Self::from_integer(value as i128);
                }
                None
            }
            fn from_boolean(_: bool) -> Option<Self> {
                None
            }
            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
        impl Wire for $t {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Scalar(PhantomData))
            }
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.$write(*self)
            }
        }
    )* };
}

integer! {
    i32, "a 32-bit integer", serialize_i32;
    u32, "a 32-bit integer that is not negative", serialize_u32;
    i64, "a 64-bit integer", serialize_i64;
    u64, "a 64-bit integer that is not negative", serialize_u64;
}

impl FromScalar for f64 {
    const WHAT: &'static str = "a number";
    fn from_integer(value: i128) -> Option<Self> {
        Some(value as Self)
    }
    fn from_double(value: f64) -> Option<Self> {
        Some(value)
    }
    fn from_boolean(_: bool) -> Option<Self> {
        None
    }
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Wire for f64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar(PhantomData))
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::json::write_double(*self, serializer)
    }
}

impl FromScalar for bool {
    const WHAT: &'static str = "a boolean";
    fn from_integer(_: i128) -> Option<Self> {
        None
    }
    fn from_double(_: f64) -> Option<Self> {
        None
    }
    fn from_boolean(value: bool) -> Option<Self> {
        Some(value)
    }
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Wire for bool {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar(PhantomData))
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }
}

/// Declares messages. A field is `req name: Type` (an error if missing), `opt` (an `Option`), `list` (a `Vec`), `lists` (a `Vec` that is
/// written even when empty), `map` (by string) or `def name: Type = default` (a proto field with a declared default: always written).
macro_rules! message {
    ($( $(#[$meta:meta])* $name:ident { $($body:tt)* } )*) => {
        $( $crate::wire::message!(@field [$(#[$meta])*] $name [] [] [] [] $($body)*); )*
    };
    (@field $meta:tt $name:ident [$($fields:tt)*] [$($init:tt)*] [$($all:tt)*] [$($req:tt)*]
        $(#[$doc:meta])* req $f:ident : $t:ty, $($rest:tt)*) => {
        $crate::wire::message!(@field $meta $name
            [$($fields)* $(#[$doc])* pub $f: $t,]
            [$($init)* $f: <$t>::default(),]
            [$($all)* ($f $t, keep)] [$($req)* $f] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($fields:tt)*] [$($init:tt)*] [$($all:tt)*] [$($req:tt)*]
        $(#[$doc:meta])* opt $f:ident : $t:ty, $($rest:tt)*) => {
        $crate::wire::message!(@field $meta $name
            [$($fields)* $(#[$doc])* pub $f: Option<$t>,]
            [$($init)* $f: None,]
            [$($all)* ($f Option<$t>, drop)] [$($req)*] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($fields:tt)*] [$($init:tt)*] [$($all:tt)*] [$($req:tt)*]
        $(#[$doc:meta])* list $f:ident : $t:ty, $($rest:tt)*) => {
        $crate::wire::message!(@field $meta $name
            [$($fields)* $(#[$doc])* pub $f: Vec<$t>,]
            [$($init)* $f: Vec::new(),]
            [$($all)* ($f Vec<$t>, drop)] [$($req)*] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($fields:tt)*] [$($init:tt)*] [$($all:tt)*] [$($req:tt)*]
        $(#[$doc:meta])* lists $f:ident : $t:ty, $($rest:tt)*) => {
        $crate::wire::message!(@field $meta $name
            [$($fields)* $(#[$doc])* pub $f: Vec<$t>,]
            [$($init)* $f: Vec::new(),]
            [$($all)* ($f Vec<$t>, keep)] [$($req)*] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($fields:tt)*] [$($init:tt)*] [$($all:tt)*] [$($req:tt)*]
        $(#[$doc:meta])* map $f:ident : $t:ty, $($rest:tt)*) => {
        $crate::wire::message!(@field $meta $name
            [$($fields)* $(#[$doc])* pub $f: std::collections::BTreeMap<String, $t>,]
            [$($init)* $f: std::collections::BTreeMap::new(),]
            [$($all)* ($f std::collections::BTreeMap<String, $t>, drop)] [$($req)*] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($fields:tt)*] [$($init:tt)*] [$($all:tt)*] [$($req:tt)*]
        $(#[$doc:meta])* def $f:ident : $t:ty = $default:expr, $($rest:tt)*) => {
        $crate::wire::message!(@field $meta $name
            [$($fields)* $(#[$doc])* pub $f: $t,]
            [$($init)* $f: $default,]
            [$($all)* ($f $t, keep)] [$($req)*] $($rest)*);
    };
    (@field [$($meta:tt)*] $name:ident [$($fields:tt)*] [$($init:tt)*] [$(($f:ident $t:ty, $mode:ident))*] [$($req:ident)*]) => {
        $($meta)*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($fields)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($init)* }
            }
        }

        impl $crate::wire::Wire for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a JSON object")
                    }
                    #[allow(unused_mut, unused_variables, clippy::allow_attributes, reason = "messages without fields")]
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut message = $name::default();
                        // What is given is no longer named here.
                        let mut missing: [&'static str; 0 $(+ $crate::wire::one(stringify!($req)))*] =
                            [$($crate::wire::field_name(stringify!($req))),*];
                        while let Some(key) = map.next_key::<$crate::wire::Key<'de>>()? {
                            $(
                                if key.0 == const { $crate::wire::field_name(stringify!($f)) } {
                                    if let Some(value) = map.next_value::<$crate::wire::InOptional<$t>>()?.0 {
                                        message.$f = value;
                                        missing.iter_mut().filter(|name| key.0 == **name).for_each(|name| *name = "");
                                    }
                                    continue;
                                }
                            )*
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                        $crate::wire::require(&missing)?;
                        Ok(message)
                    }
                }
                deserializer.deserialize_map(Fields)
            }
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                #[allow(unused_mut, clippy::allow_attributes, reason = "messages without fields")]
                let mut map = serializer.serialize_map(None)?;
                $(
                    if $crate::wire::message!(@shown $mode self.$f) {
                        map.serialize_entry($crate::wire::field_name(stringify!($f)), &$crate::wire::Out(&self.$f))?;
                    }
                )*
                map.end()
            }
        }

        $crate::wire::serde_by_wire!($name);
    };
    (@shown keep $value:expr) => { true };
    (@shown drop $value:expr) => { !$crate::wire::Wire::is_absent(&$value) };
}

/// Implements serde's traits for a type that has [`Wire`].
macro_rules! serde_by_wire {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::wire::Wire::write(self, serializer)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::Wire::read(deserializer)
            }
        }
    };
}

/// Declares enums by their names on the wire; the first one is the `Default`.
macro_rules! names {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$doc:meta])* $variant:ident = $text:literal, )* } )*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            #[default]
            $( $(#[$doc])* #[doc = concat!("`", $text, "`")] $variant, )*
        }

        impl $name {
            /// Every value, in the order of the proto file.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The value with this name on the wire.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl $crate::wire::Wire for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let $crate::wire::Key(name) = serde::Deserialize::deserialize(deserializer)?;
                Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(format_args!("Failed to find enum for '{name}'")))
            }
            fn read_optional<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                let name = <Option<$crate::wire::Key<'de>> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(name.and_then(|name| Self::from_name(&name.0)))
            }
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        $crate::wire::serde_by_wire!($name);
    )* };
}

pub(crate) use {message, names, serde_by_wire};

/// A key of an object or the name of an enum's value, borrowed where the text allows.
pub(crate) struct Key<'de>(pub(crate) std::borrow::Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E: de::Error>(self, v: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(v.into()))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Key<'de>, E> {
                Ok(Key(v.to_owned().into()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The proto name of a Rust field (`r#type` is `type`).
pub(crate) const fn field_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// An error that names the required fields that were not given, in the words of a real master.
pub(crate) fn require<E: de::Error>(missing: &[&'static str]) -> Result<(), E> {
    if missing.iter().all(|name| name.is_empty()) {
        return Ok(());
    }
    let missing: Vec<&str> = missing.iter().copied().filter(|name| !name.is_empty()).collect();
    Err(E::custom(format_args!("Missing required fields: {}", missing.join(", "))))
}

/// Counts a field.
pub(crate) const fn one(_: &'static str) -> usize {
    1
}
