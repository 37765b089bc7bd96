//! Did-you-mean: the nearest of the names that would have been right.

/// The nearest name within a distance that a typing error makes, the first of equals.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = written.chars().count();
    let limit = match length {
        0 => return None,
        1..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let wanted = fold(written);
    names
        .into_iter()
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (distance(&wanted, &fold(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Lower case, without the signs that part words: `forcePull`, `force-pull` and `force_pull` are near.
fn fold(name: &str) -> Vec<char> {
    name.chars().take(80).filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// The number of insertions, removals, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut rows = vec![0_usize; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..width {
            let at = |i: usize, j: usize| rows[i * width + j];
            rows[i * width + j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = at(i - 1, j - 1) + usize::from(a[i - 1] != b[j - 1]);
                let mut best = replaced.min(at(i - 1, j) + 1).min(at(i, j - 1) + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(at(i - 2, j - 2) + 1);
                }
                best
            };
        }
    }
    rows[rows.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_near() {
        let names = ["image", "instances", "environment", "id", "force_pull"];
        for (written, wanted) in [
            ("imge", Some("image")),
            ("iamge", Some("image")),
            ("forcePull", Some("force_pull")),
            ("enviroment", Some("environment")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), wanted, "{written}");
        }
    }
}
