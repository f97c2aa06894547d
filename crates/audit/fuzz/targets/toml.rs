#![no_main]

mod round;

use warder_audit::document::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    round::round(data, Format::Toml, |text| toml::from_str(text).ok());
});
