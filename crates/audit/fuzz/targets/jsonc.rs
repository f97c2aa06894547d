#![no_main]

mod round;

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use warder_audit::document::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // Only what VS Code's reader takes.
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_extended_string_escapes: false,
        allow_non_finite_numbers: false,
    };
    round::round(data, Format::Jsonc, |text| parse_to_serde_value(text.trim_start_matches('\u{feff}'), &options).ok());
});
