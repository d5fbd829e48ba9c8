//! What was measured, and how it is told.

use plenary_core::record::RecordFile;
use serde::Serialize;

use super::meter::Host;
use crate::screen;

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The machine.
    pub host: Host,
    /// The program.
    pub program: Program,
    /// How it was asked to work.
    pub setting: Setting,
    /// What was sent.
    pub record: RecordSize,
    /// What verifying alone would permit.
    pub limit: Limit,
    /// What the validators took when there was always more.
    pub saturation: Saturation,
    /// Committed records as a part of the limit.
    pub ratio: f64,
    /// How long records took.
    pub latency: Vec<Latency>,
}

/// The program that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Program {
    /// Its version.
    pub version: &'static str,
    /// How it was built.
    pub build: &'static str,
    /// For which processors.
    pub target: &'static str,
}

/// How the network was used.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Setting {
    /// Validators, each a process on this machine.
    pub validators: usize,
    /// Records in one call while the validators were saturated.
    pub batch: u16,
    /// Records on their way at once while they were.
    pub in_flight: u32,
}

/// What was sent.
#[derive(Clone, Debug, Serialize)]
pub struct RecordSize {
    /// The type of the records.
    pub record_type: String,
    /// Bytes of the signed line.
    pub line_bytes: usize,
    /// Bytes of the line and its signature.
    pub file_bytes: usize,
    /// How many participants signed.
    pub signers: u16,
}

/// What verifying alone would permit.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Limit {
    /// Signatures that one core verifies in a second of its time.
    pub verified_per_core_second: u64,
    /// Records per second if validators did nothing but verify each record once.
    pub records_per_second: u64,
}

/// What the validators took when there was always more.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Saturation {
    /// Records that were committed in each second.
    pub records_per_second: u64,
    /// How long this was measured.
    pub seconds: f64,
    /// Records that were committed meanwhile.
    pub records: u64,
    /// Blocks that held them.
    pub blocks: u64,
    /// Processor time of all validators together for one record, in microseconds.
    pub cpu_us_per_record: f64,
    /// Processor time of the senders for one record, in microseconds.
    pub sender_cpu_us_per_record: f64,
    /// How often a node had no room for a record, which then was sent again.
    pub turned_away: u64,
}

/// How long records took at a rate, from the moment they were due to be sent until they were known to be final.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Records that were sent in each second.
    pub rate: u64,
    /// Records that became final in each second.
    pub final_per_second: u64,
    /// Half of the records took no longer, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 records took no longer.
    pub p99_ms: f64,
    /// No record took longer.
    pub max_ms: f64,
    /// Records that were not final in time.
    pub unfinished: u64,
    /// Processor time of all validators together for one record, in microseconds.
    pub cpu_us_per_record: f64,
}

impl Program {
    /// The program that runs.
    pub const fn this() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            target: if cfg!(target_feature = "avx2") { "a newer processor" } else { "any processor" },
        }
    }
}

impl RecordSize {
    /// The size of `record`, as one of many.
    pub fn of(record: Option<&String>, signers: u16) -> Self {
        let file = record.and_then(|record| RecordFile::parse(record.as_bytes()).ok());
        Self {
            record_type: file.as_ref().map(|file| file.record().record_type.clone()).unwrap_or_default(),
            line_bytes: file.as_ref().map_or(0, |file| file.line().len()),
            file_bytes: file.as_ref().map_or(0, |file| file.bytes().len()),
            signers,
        }
    }
}

impl Limit {
    /// The limit of four validators that share the machine's cores.
    pub fn new(verified_per_core_second: u64, host: &Host) -> Self {
        let records_per_second = verified_per_core_second.saturating_mul(host.cores) / 4;
        Self { verified_per_core_second, records_per_second }
    }
}

impl Figures {
    /// The figures as people read them.
    pub fn text(&self) -> String {
        let Self { host, program, setting, record, limit, saturation, ratio, latency } = self;
        let facts = [
            ("machine", format!("{}, {} cores, {} MiB", host.processor, host.cores, host.memory_mib)),
            ("", format!("Linux {}, {}, load {} before", host.kernel, host.file_system, host.load)),
            ("program", format!("plenary {}, {} build for {}", program.version, program.build, program.target)),
            (
                "network",
                format!("{} validators on this machine, every block synced; senders on it too", setting.validators),
            ),
            (
                "records",
                format!(
                    "{}: line {} bytes, file {} bytes, {} signers",
                    record.record_type, record.line_bytes, record.file_bytes, record.signers
                ),
            ),
            (
                "limit",
                format!(
                    "{} records/s: {} strict verifications/s and core, {} cores, 4 validators",
                    limit.records_per_second, limit.verified_per_core_second, host.cores
                ),
            ),
            (
                "saturation",
                format!(
                    "{} records/s committed: {} in {} blocks in {} s, {} at once, {} in a call",
                    saturation.records_per_second,
                    saturation.records,
                    saturation.blocks,
                    saturation.seconds,
                    setting.in_flight,
                    setting.batch
                ),
            ),
            ("", format!("{ratio} of the limit; {} records turned away and sent again", saturation.turned_away)),
            (
                "cost",
                format!(
                    "{} us of processor time for a record, 4 validators together; senders {} us",
                    saturation.cpu_us_per_record, saturation.sender_cpu_us_per_record
                ),
            ),
        ];
        let mut text: String = facts.iter().map(|(label, fact)| format!("{label:<12}{fact}\n")).collect();
        let mut rows = vec![
            ["SENT/s", "FINAL/s", "p50 ms", "p99 ms", "max ms", "CPU us", "UNFINISHED"].map(str::to_owned).to_vec(),
        ];
        rows.extend(latency.iter().map(Latency::row));
        text.push_str("latency\n");
        text.push_str(&screen::table(&rows));
        text
    }
}

impl Latency {
    fn row(&self) -> Vec<String> {
        vec![
            self.rate.to_string(),
            self.final_per_second.to_string(),
            self.p50_ms.to_string(),
            self.p99_ms.to_string(),
            self.max_ms.to_string(),
            self.cpu_us_per_record.to_string(),
            self.unfinished.to_string(),
        ]
    }
}

/// A count as a real number.
pub fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// `part` of `whole`, to two digits after the point; zero if there is no whole.
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (real(part) / real(whole) * 100.0).round() / 100.0 }
}
