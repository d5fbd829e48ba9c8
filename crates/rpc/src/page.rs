//! Pages of lists, and the cursors that lead from one to the next.
//!
//! A cursor holds where the list goes on, and the height at which it was
//! begun. What the ledger took later is left out, so that a list which is read
//! page by page shows each item once while the ledger grows.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{answer::Page, fault::Fault, json::Number, params::Arguments, reason::Reason, view::View};

/// Where a list goes on, and what bounds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Cursor {
    /// Height at which the list was begun.
    pub(crate) height: u64,
    /// Entries in the log then.
    pub(crate) entries: u64,
    /// Subjects with a slot then.
    pub(crate) slots: u64,
    /// What comes next, in the list's own terms.
    pub(crate) at: String,
}

impl Cursor {
    /// The cursor of the call, or one that begins the list at the ledger's end.
    ///
    /// `scope` names the list; a cursor of another list is refused.
    pub(crate) fn of(view: &dyn View, arguments: &Arguments, scope: &str) -> Result<Self, Fault> {
        match arguments.cursor() {
            Some(text) => Self::read(text, scope)
                .ok_or_else(|| Fault::new(Reason::BAD_CURSOR, "the cursor is not one of this list")),
            None => {
                let head = view.head()?;
                let height = head.height.as_u64();
                Ok(Self { height, entries: head.log.size, slots: head.slots.size, at: String::new() })
            }
        }
    }

    fn read(text: &str, scope: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(5, '|');
        let mut next = || parts.next();
        if next()? != scope {
            return None;
        }
        let mut number = || next()?.parse::<u64>().ok();
        let (height, entries, slots) = (number()?, number()?, number()?);
        Some(Self { height, entries, slots, at: next()?.to_owned() })
    }

    fn write(&self, scope: &str) -> String {
        let Self { height, entries, slots, at } = self;
        URL_SAFE_NO_PAD.encode(format!("{scope}|{height}|{entries}|{slots}|{at}"))
    }

    /// The number at which the list goes on, or `start` at its beginning.
    pub(crate) fn number_or(&self, start: u64) -> Result<u64, Fault> {
        if self.at.is_empty() {
            return Ok(start);
        }
        self.at.parse().map_err(|_| Fault::new(Reason::BAD_CURSOR, "the cursor is not one of this list"))
    }

    /// The page of `items`, after which the list goes on at `next`, or ends.
    pub(crate) fn page<T>(self, items: Vec<T>, next: Option<String>, scope: &str) -> Page<T> {
        let as_of_height = Number(self.height);
        let next_cursor = next.map(|at| Self { at, ..self }.write(scope));
        Page { items, has_more: next_cursor.is_some(), next_cursor, as_of_height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_on_in_its_own_list_only() {
        let cursor = Cursor { height: 7, entries: 20, slots: 5, at: "fg-dlt/meeting/1".into() };
        let text = cursor.write("meeting_list fg-dlt");
        assert_eq!(Cursor::read(&text, "meeting_list fg-dlt"), Some(cursor));
        assert_eq!(Cursor::read(&text, "meeting_list fg-ai"), None);
        assert_eq!(Cursor::read("", "meeting_list fg-dlt"), None);
        assert_eq!(Cursor::read(&text[1..], "meeting_list fg-dlt"), None);
    }
}
