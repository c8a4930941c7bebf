#![no_main]

#[path = "../models.rs"]
#[allow(dead_code)]
mod models;

libfuzzer_sys::fuzz_target!(|data: &[u8]| models::specs(data));
