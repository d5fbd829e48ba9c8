//! The machine's clock, read here and nowhere else.

use std::time::SystemTime;

use plenary_core::time::Moment;

/// What the machine's clock says, in UTC; 1970 if it is set to an earlier time.
#[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).ok().and_then(Moment::from_ms).unwrap_or(Moment::LAST)
}
