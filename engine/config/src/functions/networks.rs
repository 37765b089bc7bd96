//! Functions of networks: addresses are numbers of 32 or 128 bits.

use super::numbers::number;
use super::text::arg;
use super::{Fault, Function, Outcome, Parameter, bad, check_count, function};
use crate::value::{Ty, Val};
use bigdecimal::ToPrimitive;
use bigdecimal::num_bigint::BigInt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ipnet::IpNet;

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Number, Text};
    vec![
        function("cidrhost", &[Text, Number], Ty::String, host),
        function("cidrnetmask", &[Text], Ty::String, netmask),
        function("cidrsubnet", &[Text, Number, Number], Ty::String, subnet),
        function("cidrsubnets", &[Text], Ty::list(Ty::String), subnets).more(Number),
    ]
}

/// A network: its first address, how long the prefix is and how long an address.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    prefix: u8,
    bits: u8,
}

impl Network {
    /// The network of the first argument; leading zeros are decimal, as Terraform keeps them.
    fn of(arguments: &[Val]) -> Result<Self, Fault> {
        let text = arg(arguments, 0);
        let fault =
            || bad(0, format!("{} is not a network as `10.0.0.0/8`", crate::types::quoted(text)));
        let network: IpNet = without_zeros(text).parse().map_err(|_| fault())?;
        let (prefix, bits) = (network.prefix_len(), network.max_prefix_len());
        Ok(match network.network() {
            // An address of the fourth version in the sixth is one of the fourth.
            IpAddr::V6(first) if prefix >= 96 && first.to_ipv4_mapped().is_some() => {
                let first = first.to_ipv4_mapped().map_or(0, |first| u128::from(first.to_bits()));
                Self { first, prefix: prefix - 96, bits: 32 }
            }
            IpAddr::V4(first) => Self { first: u128::from(first.to_bits()), prefix, bits },
            IpAddr::V6(first) => Self { first: first.to_bits(), prefix, bits },
        })
    }

    fn address(self, number: u128) -> IpAddr {
        match u32::try_from(number) {
            Ok(short) if self.bits == 32 => Ipv4Addr::from_bits(short).into(),
            _ => Ipv6Addr::from_bits(number).into(),
        }
    }

    fn text(self) -> Val {
        Val::String(format!("{}/{}", self.address(self.first), self.prefix).into())
    }
}

/// `010.001.0.0/24` as `10.1.0.0/24`.
fn without_zeros(text: &str) -> String {
    let Some((address, prefix)) = text.split_once('/').filter(|(a, _)| !a.contains(':')) else {
        return text.to_owned();
    };
    let part = |part: &str| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    };
    let parts: Vec<String> = address.split('.').map(part).collect();
    format!("{}/{prefix}", parts.join("."))
}

fn whole(arguments: &[Val], at: usize) -> Result<BigInt, Fault> {
    let number = number(arguments, at);
    if !number.is_integer() {
        return Err(bad(at, format!("expected a whole number, found {number}")));
    }
    Ok(number.decimal().with_scale(0).into_bigint_and_exponent().0)
}

/// `2^bits`.
fn count(bits: u8) -> BigInt {
    BigInt::from(1) << usize::from(bits)
}

fn host(arguments: &[Val]) -> Outcome {
    let network = Network::of(arguments)?;
    let asked = whole(arguments, 1)?;
    let free = network.bits - network.prefix;
    let size = count(free);
    let at = if asked < BigInt::from(0) { &size + &asked } else { asked.clone() };
    let Some(at) = at.to_u128().filter(|_| at < size) else {
        return Err(bad(1, format!("a network with {free} bits for hosts has no host {asked}")));
    };
    Ok(Val::String(network.address(network.first | at).to_string().into()))
}

fn netmask(arguments: &[Val]) -> Outcome {
    let network = Network::of(arguments)?;
    if network.bits != 32 {
        return Err(bad(0, "only a network of IPv4 has a netmask"));
    }
    let mask = u32::MAX.checked_shl(32 - u32::from(network.prefix)).unwrap_or(0);
    Ok(Val::String(Ipv4Addr::from_bits(mask).to_string().into()))
}

/// The bits by which a prefix is extended.
fn extension(arguments: &[Val], at: usize, network: Network, least: u8) -> Result<u8, Fault> {
    let free = network.bits - network.prefix;
    whole(arguments, at)?.to_u8().filter(|bits| (least..=free).contains(bits)).ok_or_else(|| {
        let prefix = network.prefix;
        bad(at, format!("a prefix of {prefix} bits can be extended by {least} to {free} bits"))
    })
}

fn subnet(arguments: &[Val]) -> Outcome {
    let network = Network::of(arguments)?;
    let bits = extension(arguments, 1, network, 0)?;
    let asked = whole(arguments, 2)?;
    let Some(at) = asked.to_u128().filter(|_| asked < count(bits)) else {
        return Err(bad(2, format!("{bits} more bits cannot hold the number {asked}")));
    };
    let prefix = network.prefix + bits;
    let shift = u32::from(network.bits - prefix);
    let first = network.first | at.checked_shl(shift).unwrap_or(0);
    Ok(Network { first, prefix, ..network }.text())
}

fn subnets(arguments: &[Val]) -> Outcome {
    let network = Network::of(arguments)?;
    check_count(arguments.len())?;
    let end = BigInt::from(network.first) + count(network.bits - network.prefix);
    let mut next = BigInt::from(network.first);
    let mut out = Vec::with_capacity(arguments.len());
    for at in 1..arguments.len() {
        let bits = extension(arguments, at, network, 1)?;
        if bits > 32 {
            return Err(bad(at, "a prefix may be extended by at most 32 bits"));
        }
        let prefix = network.prefix + bits;
        let size = count(network.bits - prefix);
        // A network begins at a multiple of its size.
        let first: BigInt = (&next + &size - 1) / &size * &size;
        next = &first + &size;
        let Some(first) = first.to_u128().filter(|_| next <= end) else {
            return Err(bad(
                at,
                format!("no room is left for a network with a prefix of {prefix} bits"),
            ));
        };
        out.push(Network { first, prefix, ..network }.text());
    }
    Ok(Val::list(out, Ty::String))
}
