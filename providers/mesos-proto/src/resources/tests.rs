//! Tests of resource arithmetic.

use super::*;
use crate::resource::{DiskInfo, Persistence, ReservationInfo, ReservationType};
use crate::{DiskSource, DiskSourceType};

fn parse(list: &[Resource]) -> Resources {
    Resources::parse(list).unwrap()
}

fn host() -> Resources {
    parse(&[
        Resource::ranges("ports", [(31000, 31005), (31010, 32000)]),
        Resource::scalar("cpus", 2.0),
        Resource::scalar("mem", 512.0),
    ])
    .allocated_to("web")
}

/// `cpus` reserved to a role, in the form without refinement.
fn reserved(role: &str, cpus: f64) -> Resource {
    Resource { role: Some(role.to_owned()), ..Resource::scalar("cpus", cpus) }
}

#[test]
fn amounts_are_thousandths() {
    let mut sum = Resources::new();
    for _ in 0..10 {
        sum.add(&parse(&[Resource::scalar("cpus", 0.1)]));
    }
    assert_eq!(sum, parse(&[Resource::scalar("cpus", 1.0)]));
    assert_eq!(sum.scalar("cpus"), 1000);
    assert_eq!(parse(&[Resource::scalar("cpus", 0.0006)]).scalar("cpus"), 1);
    assert_eq!((thousandths(f64::NAN), thousandths(f64::INFINITY)), (0, i64::MAX));
}

#[test]
fn a_master_prints_resources_like_this() {
    assert_eq!(
        host().to_string(),
        "ports(allocated: web):[31000-31005, 31010-32000]; cpus(allocated: web):2; mem(allocated: web):512"
    );
    assert_eq!(Resources::new().to_string(), "{}");
    assert_eq!(Resource::scalar("cpus", -1.0).to_string(), "cpus:-1");
    let disk = Resource {
        reservations: vec![ReservationInfo {
            r#type: Some(ReservationType::Dynamic),
            role: Some("web".into()),
            principal: Some("principal".into()),
            labels: None,
        }],
        disk: Some(Box::new(DiskInfo {
            persistence: Some(Persistence { id: "v1".into(), principal: None }),
            volume: Some(crate::Volume { container_path: "data".into(), ..Default::default() }),
            source: None,
        })),
        ..Resource::scalar("disk", 20.5)
    };
    assert_eq!(
        parse(&[disk]).allocated_to("web").to_string(),
        "disk(allocated: web)(reservations: [(DYNAMIC,web,principal)])[v1:data]:20.5"
    );
}

#[test]
fn what_cannot_be_counted_is_refused_with_the_masters_text() {
    let ranges = |list: &[(u64, u64)]| Resource::ranges("ports", list.iter().copied());
    let text = Resource { r#type: ValueType::Text, ..Resource::scalar("x", 1.0) };
    let both = Resource { set: Some(Set::default()), ..Resource::scalar("x", 1.0) };
    let twice = Resource {
        r#type: ValueType::Set,
        scalar: None,
        set: Some(Set { item: vec!["a".into(), "a".into()] }),
        ..Resource::scalar("x", 1.0)
    };
    let cases = [
        (Resource::scalar("", 1.0), "Empty resource name"),
        (Resource::scalar("cpus", 0.0), "Invalid scalar resource: value <= 0"),
        (Resource::scalar("cpus", -1.0), "Invalid scalar resource: value <= 0"),
        (Resource::scalar("cpus", f64::INFINITY), "Invalid scalar resource"),
        (Resource { scalar: None, ..Resource::scalar("cpus", 1.0) }, "Invalid scalar resource"),
        (both, "Invalid scalar resource"),
        (ranges(&[(2, 1)]), "Invalid ranges resource: begin > end"),
        (ranges(&[(1, 5), (5, 6)]), "Invalid ranges resource: overlapping ranges"),
        (twice, "Invalid set resource: duplicated elements"),
        (text, "Unsupported resource type"),
    ];
    for (resource, message) in cases {
        let (index, error) =
            Resources::parse([&Resource::scalar("fine", 1.0), &resource]).unwrap_err();
        assert_eq!((index, error.to_string().as_str()), (1, message), "{resource}");
    }
}

#[test]
fn both_forms_of_a_reservation_are_one_kind() {
    let stack = |r#type| {
        vec![ReservationInfo {
            r#type: Some(r#type),
            role: Some("eng".into()),
            ..Default::default()
        }]
    };
    let new =
        Resource { reservations: stack(ReservationType::Static), ..Resource::scalar("cpus", 1.0) };
    assert_eq!(parse(&[reserved("eng", 1.0)]), parse(std::slice::from_ref(&new)));
    let dynamic = Resource { reservation: Some(Box::default()), ..reserved("eng", 1.0) };
    let new_dynamic =
        Resource { reservations: stack(ReservationType::Dynamic), ..Resource::scalar("cpus", 1.0) };
    assert_eq!(parse(&[dynamic]), parse(&[new_dynamic]));
    assert_eq!(parse(&[reserved("*", 1.0)]), parse(&[Resource::scalar("cpus", 1.0)]));
    assert_ne!(parse(&[new]), parse(&[Resource::scalar("cpus", 1.0)]));
}

#[test]
fn reserved_resources_satisfy_only_the_same_reservation() {
    let agent = parse(&[reserved("eng", 4.0), Resource::scalar("cpus", 1.0)]);
    assert!(agent.contains(&parse(&[reserved("eng", 4.0)])));
    assert!(!agent.contains(&parse(&[Resource::scalar("cpus", 2.0)])));
    assert!(!agent.contains(&parse(&[reserved("ops", 0.1)])));
    assert_eq!(agent.scalar("cpus"), 5000);
}

#[test]
fn a_reservation_is_for_its_role_and_those_below_it() {
    let kind = Kind::of(&reserved("eng", 1.0));
    let roles = ["eng", "eng/web", "engine", "ops", "*"];
    assert_eq!(roles.map(|role| kind.is_for(role)), [true, true, false, false, false]);
    assert!(Kind::of(&Resource::scalar("cpus", 1.0)).is_for("ops"));
}

#[test]
fn subtraction_takes_what_is_there_and_drops_what_is_empty() {
    let mut free = host();
    let used = parse(&[
        Resource::scalar("cpus", 2.0),
        Resource::scalar("mem", 12.0),
        Resource::ranges("ports", [(31003, 31500)]),
    ]);
    assert!(
        free.contains(&used.allocated_to("web"))
            == free.ranges("ports").contains_all(&used.ranges("ports"))
    );
    free.subtract(&used.allocated_to("web"));
    assert_eq!(
        free.to_string(),
        "ports(allocated: web):[31000-31002, 31501-32000]; mem(allocated: web):500"
    );
    free.subtract(&free.clone());
    assert!(free.is_empty());
}

#[test]
fn numbers_are_taken_from_the_kind_that_has_them() {
    let reserved_ports =
        Resource { role: Some("web".into()), ..Resource::ranges("ports", [(80, 81)]) };
    let mut free = parse(&[Resource::ranges("ports", [(31000, 31001)]), reserved_ports]);
    let taken = free.take_numbers("ports", &[81, 31000].into_iter().collect()).unwrap();
    assert_eq!(
        taken.to_string(),
        "ports:[31000-31000]; ports(reservations: [(STATIC,web)]):[81-81]"
    );
    assert_eq!(free.take_numbers("ports", &RangeSet::from_range(81, 81)), None);
    assert_eq!(free.take_lowest("ports", 3), None, "only 80 and 31001 are left");
    assert_eq!(
        free.take_lowest("ports", 2).unwrap().ranges("ports"),
        [80, 31001].into_iter().collect()
    );
    assert!(free.is_empty());
}

#[test]
fn scalars_are_taken_in_order_and_never_from_whole_disks() {
    let mount = Resource {
        disk: Some(Box::new(DiskInfo {
            source: Some(DiskSource { r#type: DiskSourceType::Mount, ..Default::default() }),
            ..Default::default()
        })),
        ..Resource::scalar("disk", 100.0)
    };
    let mut free = parse(&[reserved("web", 1.5), Resource::scalar("cpus", 1.0), mount]);
    let taken = free.take_scalar("cpus", 2000, |kind| kind.is_for("web")).unwrap();
    assert_eq!(taken.to_string(), "cpus(reservations: [(STATIC,web)]):1.5; cpus:0.5");
    assert_eq!(free.take_scalar("cpus", 501, |_| true), None);
    assert_eq!(free.scalar("cpus"), 500, "a refused request takes nothing");
    assert_eq!(free.take_scalar("disk", 1, |_| true), None);
}

#[test]
fn a_list_becomes_a_list_again() {
    let list = host().to_list();
    assert_eq!(parse(&list), host());
    assert_eq!(list[0].allocation_info.as_ref().unwrap().role.as_deref(), Some("web"));
}

#[test]
fn ranges_hold_at_both_ends_of_the_numbers() {
    let all = RangeSet::from_range(0, u64::MAX);
    assert_eq!(all.count(), u64::MAX);
    let mut inner = all.clone();
    inner.subtract(&[0, u64::MAX].into_iter().collect());
    assert_eq!(inner.iter().collect::<Vec<_>>(), [(1, u64::MAX - 1)]);
    inner.add(&[0, u64::MAX].into_iter().collect());
    assert_eq!(inner, all);
    inner.subtract(&all);
    assert!(inner.is_empty());
}

#[test]
fn ranges_agree_with_sets_of_numbers() {
    let sets: Vec<BTreeSet<u64>> =
        (0_u32..64).map(|bits| (0..6).filter(|bit| bits & (1 << bit) != 0).collect()).collect();
    let ranges = |set: &BTreeSet<u64>| set.iter().copied().collect::<RangeSet>();
    for a in &sets {
        for b in &sets {
            let mut sum = ranges(a);
            sum.add(&ranges(b));
            assert_eq!(sum, ranges(&(a | b)));
            let mut rest = ranges(a);
            rest.subtract(&ranges(b));
            assert_eq!(rest, ranges(&(a - b)));
            assert_eq!(ranges(a).intersection(&ranges(b)), ranges(&(a & b)));
            assert_eq!(ranges(a).contains_all(&ranges(b)), b.is_subset(a));
            assert_eq!(ranges(a).count(), a.len() as u64);
        }
        let lowest = ranges(a).lowest(2).map(|set| set.count());
        assert_eq!(lowest, (a.len() >= 2).then_some(2));
    }
}
