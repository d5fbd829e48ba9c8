//! The machine's clock.

use plenary_core::time::Moment;

/// What the machine's clock says, in UTC; 1970 if it is set to an earlier time.
pub(crate) fn now() -> Moment {
    let ms = jiff::Timestamp::now().as_millisecond();
    u64::try_from(ms).ok().and_then(Moment::from_ms).unwrap_or_default()
}
