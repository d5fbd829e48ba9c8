//! The table of all methods.

use plenary_procedure::{
    action::Action, decision::RecordedDecision, disclosure::Disclosure, event::Event, liaison::Liaison,
    meeting_report::MeetingReport, paper::Paper, participant::Participant, proposal::Proposal,
    working_group::WorkingGroup,
};

use crate::{contribution, deliverable, group, ledger, meeting, method::Method, node, noun, proof};

/// Every method, by namespace.
pub(crate) fn methods() -> Vec<Method> {
    let mut methods = node::methods();
    methods.extend(ledger::methods());
    methods.extend(group::methods());
    methods.extend(noun::methods::<Participant>());
    methods.extend(noun::methods::<WorkingGroup>());
    methods.extend(meeting::methods());
    methods.extend(noun::methods::<RecordedDecision>());
    methods.extend(noun::methods::<Action>());
    methods.extend(noun::methods::<MeetingReport>());
    methods.extend(noun::methods::<Event>());
    methods.extend(contribution::methods());
    methods.extend(noun::methods::<Paper>());
    methods.extend(noun::methods::<Proposal>());
    methods.extend(deliverable::methods());
    methods.extend(noun::methods::<Disclosure>());
    methods.extend(noun::methods::<Liaison>());
    methods.extend(proof::methods());
    methods
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_a_namespace_and_a_verb_with_a_noun() {
        let methods = methods();
        let names: BTreeSet<&str> = methods.iter().map(|method| method.about.name).collect();
        assert_eq!(names.len(), methods.len());
        for name in names {
            let (namespace, verb) = name.split_once('_').unwrap();
            assert!(namespace.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
            assert!(verb.bytes().all(|byte| byte.is_ascii_alphabetic()), "{name}");
        }
    }

    #[test]
    fn three_parameters_at_most_and_the_needed_ones_first() {
        for method in methods() {
            let params = method.about.params;
            assert!(params.len() <= 3, "{}", method.about.name);
            assert!(params.is_sorted_by_key(|param| !param.required), "{}", method.about.name);
        }
    }
}
