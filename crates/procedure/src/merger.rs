//! Mergers: one contribution made of others, under a number of its own.

use std::collections::BTreeSet;

use plenary_core::entry::Finding;

use crate::{
    act::{Act, Stop},
    contribution::{self, Contribution},
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Number, Pid, Text},
};

/// The most contributions that one merges.
pub const MERGES_MAX: usize = 16;

/// Rule R55: others' texts are merged by one of their sources, or by an editor.
pub(crate) fn check(
    act: &mut Act<'_>,
    merges: &[Text<Number>],
    author: Option<&Text<Pid>>,
) -> Result<Vec<Contribution>, Stop> {
    let is_editor_s = act.signed_as(Capacity::Editor).is_some();
    let Some(first) = merges.first() else {
        if is_editor_s {
            let problem = "is missing: an editor signs what merges others; sign as participant";
            return Err(Refusal::Field { field: "merges", problem }.into());
        }
        return Ok(Vec::new());
    };
    let different: BTreeSet<_> = merges.iter().collect();
    if different.len() != merges.len() || MERGES_MAX < merges.len() {
        return Err(Refusal::List { field: "merges" }.into());
    }
    let mut merged = Vec::with_capacity(merges.len());
    for number in merges {
        merged.push(contribution::undisposed(act, &number.0)?);
    }
    let is_source_s = author.is_some() && merged.iter().any(|contribution| contribution.author.as_ref() == author);
    if !is_editor_s && !is_source_s {
        return Err(Refusal::OtherSource { number: first.0.clone(), who: act.actor()?.who }.into());
    }
    let list: Vec<String> = merges.iter().map(ToString::to_string).collect();
    let by = if is_editor_s { "editor" } else { "source" };
    act.find(&rules::R55, Finding::Met, [("merges", list.join(", ").into()), ("by", by.into())]);
    Ok(merged)
}

/// Notes in the merged contributions what they were merged into.
pub(crate) fn put(
    act: &mut Act<'_>,
    merges: &[Text<Number>],
    merged: Vec<Contribution>,
    into: &Number,
) -> Result<(), Stop> {
    for (number, contribution) in merges.iter().zip(merged) {
        let subject = act.contribution_subject(&number.0)?;
        act.put(subject, Contribution { merged_into: Some(Text(into.clone())), ..contribution });
    }
    Ok(())
}
