//! Functions of time: RFC 3339 as Terraform reads and writes it.

use super::text::arg;
use super::{Fault, Function, Outcome, Parameter, bad, dates, function, outside, wrong};
use crate::value::{Ty, Val};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use podform_model::Number;

pub(super) fn all() -> Vec<Function> {
    let two = &[Parameter::Text, Parameter::Text][..];
    vec![
        outside("timestamp", &[], Ty::String, |rim, _| match &rim.inputs.applying {
            Some(applying) => seconds(&applying.timestamp),
            None => Ok(Val::unknown(Ty::String)),
        }),
        outside("plantimestamp", &[], Ty::String, |rim, _| seconds(&rim.inputs.timestamp)),
        function("formatdate", two, Ty::String, |a| dates::format(arg(a, 0), &Moment::of(a, 1)?)),
        function("timeadd", two, Ty::String, add),
        function("timecmp", two, Ty::Number, |a| {
            let order = Moment::of(a, 0)?.instant().cmp(&Moment::of(a, 1)?.instant());
            Ok(Val::Number(Number::from(i64::from(order as i8))))
        }),
    ]
}

/// The time of the run, in whole seconds as Terraform tells it.
fn seconds(text: &str) -> Outcome {
    match text.parse::<Timestamp>() {
        Ok(time) => Ok(Val::String(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into())),
        Err(_) => Ok(Val::string(text)),
    }
}

/// A time with its offset from UTC in seconds.
pub(super) struct Moment {
    pub(super) local: DateTime,
    pub(super) offset: i32,
}

impl Moment {
    /// The moment that an argument tells.
    fn of(arguments: &[Val], at: usize) -> Result<Self, Fault> {
        let text = arg(arguments, at);
        parse(text).ok_or_else(|| {
            let text = crate::types::quoted(text);
            bad(at, format!("{text} is not a time as `2018-01-02T23:12:01Z`"))
        })
    }

    fn instant(&self) -> (i64, i32) {
        let midnight = jiff::civil::date(1970, 1, 1).to_datetime(jiff::civil::Time::midnight());
        let since = self.local.duration_since(midnight);
        (since.as_secs() - i64::from(self.offset), since.subsec_nanos())
    }
}

/// The digits of a field that has exactly this many, within bounds.
fn field(text: &str, start: usize, length: usize, most: i16) -> Option<i16> {
    let digits = text.get(start..start + length)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|value| plain && *value <= most)
}

fn parse(text: &str) -> Option<Moment> {
    let at = |index: usize, c: u8| text.as_bytes().get(index) == Some(&c);
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !marks.iter().all(|(index, c)| at(*index, *c)) {
        return None;
    }
    let small =
        |start, most| field(text, start, 2, most).and_then(|value| i8::try_from(value).ok());
    let year = field(text, 0, 4, 9999)?;
    let (month, day) = (small(5, 12)?, small(8, 31)?);
    let (hour, minute, second) = (small(11, 23)?, small(14, 59)?, small(17, 59)?);
    let rest = text.get(19..)?;
    let (nanos, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (digits, zone) = rest.split_at_checked(digits).filter(|(d, _)| !d.is_empty())?;
            let nine: String = digits.chars().chain("00000000".chars()).take(9).collect();
            (nine.parse().ok()?, zone)
        }
        None => (0, rest),
    };
    let local = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
    Some(Moment { local, offset: offset(zone)? })
}

fn offset(zone: &str) -> Option<i32> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes() {
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let seconds = i32::from(field(zone, 1, 2, 24)?) * 3600 + i32::from(field(zone, 4, 2, 59)?) * 60;
    Some(sign * seconds)
}

fn add(arguments: &[Val]) -> Outcome {
    let moment = Moment::of(arguments, 0)?;
    let text = arg(arguments, 1);
    let duration = duration(text).ok_or_else(|| {
        let text = crate::types::quoted(text);
        bad(1, format!("{text} is not a duration as `1h30m`, in the units h, m, s, ms, us, ns"))
    })?;
    let local = moment
        .local
        .checked_add(duration)
        .ok()
        .filter(|sum| (0..=9999).contains(&sum.year()))
        .ok_or_else(|| wrong("the result is not between the years 0 and 9999"))?;
    let sum = Moment { local, ..moment };
    dates::format("YYYY-MM-DD'T'hh:mm:ssZ", &sum)
}

/// A duration as Go writes it: `1h30m`, `-1.5h`, `0`.
fn duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits =
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters =
            after.len() - after.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '.').len();
        let (unit, after) = after.split_at_checked(letters)?;
        total = total.checked_add(nanoseconds(number, unit)?)?;
        rest = after;
    }
    let total = i64::try_from(if negative { -total } else { total }).ok()?;
    Some(SignedDuration::from_nanos(total))
}

fn nanoseconds(number: &str, unit: &str) -> Option<i128> {
    let unit: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction = fraction.get(..fraction.len().min(18)).unwrap_or_default();
    let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    whole.checked_mul(unit)?.checked_add(part * unit / scale)
}
