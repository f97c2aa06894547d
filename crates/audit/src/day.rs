//! Days: what lists and acceptances are dated by.

use std::time::{Duration, SystemTime};

/// A day, counted from 1970-01-01 in UTC.
pub type Day = u32;

/// For people and programs: `2026-11-21`.
pub fn written(day: Day) -> String {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(day) * 86_400);
    humantime::format_rfc3339_seconds(at).to_string().split('T').next().unwrap_or_default().to_owned()
}
