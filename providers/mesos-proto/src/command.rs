//! What a task runs: `CommandInfo`, `Environment`, `Secret`.

use crate::bytes::Bytes;
use crate::wire::{message, names};

names! {
    /// `Environment.Variable.Type`
    VariableType {
        /// A plain value.
        Value = "VALUE",
        /// A secret.
        Secret = "SECRET",
        /// Not known to the reader.
        Unknown = "UNKNOWN",
    }

    /// `Secret.Type`
    SecretType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// A name that the agent's resolver looks up.
        Reference = "REFERENCE",
        /// The value itself.
        Value = "VALUE",
    }
}

message! {
    /// `CommandInfo`
    CommandInfo {
        /// What the agent fetches into the sandbox before the start.
        list uris: Uri,
        /// The environment.
        opt environment: Environment,
        /// Whether `value` is a shell's command line; else it is a program, or absent for the image's own.
        def shell: bool = true,
        /// The command line or the program.
        opt value: String,
        /// The program's arguments; the first is its own name.
        list arguments: String,
        /// The user to run as.
        opt user: String,
    }

    /// `CommandInfo.URI`
    Uri {
        /// Where it is.
        req value: String,
        /// Whether it is made executable.
        opt executable: bool,
        /// Whether an archive is unpacked.
        def extract: bool = true,
        /// Whether the agent's cache is used.
        opt cache: bool,
        /// The name in the sandbox.
        opt output_file: String,
    }

    /// `Environment`
    Environment {
        /// The variables.
        list variables: Variable,
    }

    /// `Environment.Variable`
    Variable {
        /// Its name.
        req name: String,
        /// Which field is set.
        def r#type: VariableType = VariableType::Value,
        /// A plain value.
        opt value: String,
        /// A secret.
        opt secret: Secret,
    }

    /// `Secret`
    Secret {
        /// Which field is set.
        opt r#type: SecretType,
        /// A name for the agent's resolver.
        opt reference: SecretReference,
        /// The value itself.
        opt value: SecretValue,
    }

    /// `Secret.Reference`
    SecretReference {
        /// Its name in the store.
        req name: String,
        /// The key within it.
        opt key: String,
    }

    /// `Secret.Value`
    SecretValue {
        /// The value; not shown by `Debug` and overwritten on drop.
        req data: Bytes,
    }
}

impl Variable {
    /// A plain variable.
    pub fn plain(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Some(value.into()), ..Self::default() }
    }

    /// A variable of type SECRET.
    pub fn secret(name: impl Into<String>, secret: Secret) -> Self {
        Self { name: name.into(), r#type: VariableType::Secret, secret: Some(secret), value: None }
    }
}

impl Secret {
    /// A secret that carries its value.
    pub fn value(data: impl Into<Bytes>) -> Self {
        Self {
            r#type: Some(SecretType::Value),
            value: Some(SecretValue { data: data.into() }),
            reference: None,
        }
    }

    /// A secret that the agent's resolver looks up.
    pub fn reference(name: impl Into<String>, key: Option<String>) -> Self {
        let reference = SecretReference { name: name.into(), key };
        Self { r#type: Some(SecretType::Reference), reference: Some(reference), value: None }
    }
}
