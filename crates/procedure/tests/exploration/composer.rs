//! Rows as record files, each composed once.
//!
//! `apply` leaves it to its caller to verify signatures and looks only at the
//! keys that they name, so one signature of each key stands under all records.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use plenary_core::{
    hash::Digest,
    record::{NAMESPACE, RecordFile},
    signature::sign,
};
use plenary_procedure::apply::Context;

use crate::rows::{compose, secret};

/// A row, and the records that it names by their ids.
type Key = (String, Vec<Digest>);

#[derive(Default)]
pub(crate) struct Composer {
    signatures: RefCell<BTreeMap<String, String>>,
    files: RefCell<BTreeMap<Key, Rc<(RecordFile, Context)>>>,
}

impl Composer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The record file of `row`, kept for the next time.
    pub(crate) fn kept(&self, row: &str, last: &BTreeMap<String, Digest>) -> Rc<(RecordFile, Context)> {
        let named = if row.contains("=id:") { last.values().copied().collect() } else { Vec::new() };
        let key = (row.to_owned(), named);
        if let Some(known) = self.files.borrow().get(&key) {
            return Rc::clone(known);
        }
        let made = Rc::new(self.made(row, last));
        self.files.borrow_mut().insert(key, Rc::clone(&made));
        made
    }

    /// The record file of `row`.
    pub(crate) fn made(&self, row: &str, last: &BTreeMap<String, Digest>) -> (RecordFile, Context) {
        compose(row, last, &|name, _| {
            let mut signatures = self.signatures.borrow_mut();
            let made = || sign(&secret(name), b"the same under all records", NAMESPACE).unwrap();
            signatures.entry(name.to_owned()).or_insert_with(made).clone()
        })
    }
}
