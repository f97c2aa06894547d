#![no_main]

mod round;

use warder_audit::document::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    round::round(data, Format::YamlLoose, |text| serde_norway::from_str(text).ok());
    // No reader here merges `<<`.
    round::round(data, Format::YamlMerging, |_| None);
    round::round(&[b"---\n", data].concat(), Format::FrontMatter, |_| None);
});
