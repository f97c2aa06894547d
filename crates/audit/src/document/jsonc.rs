//! JSON and JSONC to nodes with spans, on `jsonc_parser`'s scanner.
