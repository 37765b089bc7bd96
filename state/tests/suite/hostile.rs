//! Whatever stands in the files, the answer is a state or an error.

use crate::make::{address, instance, provider};
use podform_model::{Address, Intent, Outcome, Value};
use podform_state::{
    FORMAT, Header, Paths, Record, State, Store, decode, decode_journal, encode, frame,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn any_address() -> impl Strategy<Value = Address> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(address)
}

fn any_text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "g1", "g2", "i1", "i2"]).prop_map(str::to_owned)
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let instance =
        || (any_text(), any_text(), 0_u32..3).prop_map(|(i, g, slot)| instance(&i, &g, slot));
    prop_oneof![
        (any_address(), instance())
            .prop_map(|(address, instance)| Outcome::Launched { address, instance }),
        (any_address(), instance())
            .prop_map(|(address, instance)| Outcome::Adopted { address, instance }),
        (any_address(), any_text()).prop_map(|(address, instance)| Outcome::Gone {
            address,
            instance,
            reason: String::new()
        }),
        (any_address(), any_text())
            .prop_map(|(address, instance)| Outcome::Buried { address, instance }),
        any_text().prop_map(|instance| Outcome::Exhumed { instance }),
        any_address().prop_map(|address| Outcome::Done { address }),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    let launch =
        (any_address(), any_text(), any_text(), 0_u32..3).prop_map(|(address, i, g, s)| {
            let intent = Intent::Launch { address, instance: instance(&i, &g, s) };
            Record::Intent { provider: provider(), intent, at: 0.0 }
        });
    let stop = (any_address(), any_text()).prop_map(|(address, instance)| Record::Intent {
        provider: provider(),
        intent: Intent::Stop { address, instance },
        at: 0.0,
    });
    let begin = (any_address(), any_text()).prop_map(|(address, generation)| Record::Begin {
        address,
        provider: provider(),
        id: String::new(),
        generation,
        configuration: Value::Null,
        depends_on: BTreeSet::new(),
        secrets: BTreeMap::new(),
        create_before_destroy: false,
        prevent_destroy: false,
        forget: false,
        delete_timeout: None,
    });
    prop_oneof![
        launch,
        stop,
        begin,
        any_address().prop_map(|address| Record::BeginDelete { address }),
        any_outcome().prop_map(|outcome| Record::Outcome { provider: provider(), outcome }),
        any_address().prop_map(|address| Record::Forget { address }),
        any_address().prop_map(|address| Record::Remove { address }),
        (any_address(), any_address()).prop_map(|(from, to)| Record::Move { from, to }),
        any_text().prop_map(|check| Record::Key { check }),
    ]
}

/// What must hold of a state whatever records made it.
fn check_invariants(state: &State) {
    for pod in state.pods.values() {
        let mut ids = BTreeSet::new();
        assert!(pod.instances.iter().all(|instance| ids.insert(&instance.id)), "an id twice");
        assert!(pod.instances.is_sorted_by_key(|i| (i.slot, &i.generation, &i.id)));
        assert!(pod.configurations.contains_key(&pod.generation));
    }
    assert!(state.deleting.iter().all(|address| state.pods.contains_key(address)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_records_are_applied_or_refused_as_a_whole(
        records in prop::collection::vec(any_record(), 0..40)
    ) {
        let mut state = State::new("l");
        for record in records {
            let before = state.clone();
            if state.apply(&record).is_err() {
                prop_assert_eq!(&state, &before);
            }
            check_invariants(&state);
            prop_assert_eq!(&decode(Path::new("s"), &encode(&state).unwrap()).unwrap(), &state);
        }
    }

    #[test]
    fn any_bytes_as_state_and_journal_are_no_panic(
        state in prop::collection::vec(any::<u8>(), 0..200),
        journal in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = decode(Path::new("s"), &state);
        let _ = decode_journal(Path::new("j"), &journal);
    }

    #[test]
    fn any_records_in_a_journal_are_a_state_or_an_error(
        batches in prop::collection::vec(prop::collection::vec(any_record(), 0..4), 0..6),
        serial in 0_u64..3,
        flip in any::<(prop::sample::Index, u8)>(),
    ) {
        let mut text = frame(&serde_json::to_vec(&Header::new("l", serial)).unwrap());
        for batch in &batches {
            text.extend(frame(&serde_json::to_vec(batch).unwrap()));
        }
        let at = flip.0.index(text.len());
        text[at] ^= flip.1;
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::of(&folder.path().join("podform.state.json"));
        std::fs::write(&paths.journal, &text).unwrap();
        let _ = Store::read(&paths.state);
    }

    #[test]
    fn any_json_in_the_place_of_a_field_is_no_panic(
        field in prop::sample::select(vec![
            "format", "written_by", "lineage", "serial", "cluster", "providers", "pods",
            "tombstones", "outputs", "pending", "deleting",
        ]),
        json in prop::sample::select(vec![
            "null", "1", "-1", "1e999", "\"x\"", "[]", "{}", "[1]", "{\"pod.a\":1}",
            "{\"pod.a\":{\"provider\":\"\"}}", "{\"x\":{\"$digest\":1}}", "18446744073709551615",
            "[\"pod.a\"]",
        ]),
    ) {
        let mut fields = BTreeMap::from([
            ("format", format!("{{\"breaking\":{},\"additive\":0}}", FORMAT.breaking)),
            ("lineage", "\"l\"".to_owned()),
            ("serial", "1".to_owned()),
        ]);
        fields.insert(field, json.to_owned());
        let text: Vec<_> = fields.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
        let _ = decode(Path::new("s"), format!("{{{}}}", text.join(",")).as_bytes());
    }
}

#[test]
fn deep_json_is_an_error() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(decode(Path::new("s"), deep.as_bytes()).is_err());
    let mut journal = frame(&serde_json::to_vec(&Header::new("l", 0)).unwrap());
    journal.extend(frame(deep.as_bytes()));
    assert!(decode_journal(Path::new("j"), &journal).is_err());
}
