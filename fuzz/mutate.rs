//! Seeds and mutations of them, for runs on stable: short, and the same every time.

use std::path::Path;

/// A small generator with a seed (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

const SCRAPS: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n",
    "\"",
    "\"\"\"",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    ".",
    "@",
    "-",
    "not ",
    " and ",
    "// c\n",
    "/// d\n",
    "\u{feff}",
    "é",
    "e\u{301}",
    "\\u{",
    "v1.0.0",
    "1_0",
    "0.",
    "Entity \"A\"",
    "\nPolicy p as: ",
    "\nimport * as x from \"y\"\n",
    "- ",
    "? ",
    ": ",
    "#",
    "|\n",
    "&a",
    "*a",
    "\t",
    "in ",
    "from ",
    "as ",
    "export ",
    "forall v in flows: (",
    "default ",
    "quantity ",
];

/// The files of a folder, which is named from the root of the repository.
fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A piece of the text goes, is doubled, or comes from somewhere else; a scrap comes.
fn mutated(random: &mut Random, text: &[u8]) -> Vec<u8> {
    let start = random.below(text.len() + 1);
    let end = (start + random.below(24)).min(text.len());
    let piece = match random.below(4) {
        0 => &text[start..end],
        1 => {
            let from = random.below(text.len() + 1);
            &text[from..(from + random.below(60)).min(text.len())]
        }
        _ => &[],
    };
    let scrap = SCRAPS[random.below(SCRAPS.len())].as_bytes();
    [&text[..start], piece, scrap, &text[end..]].concat()
}

/// Gives every seed of a folder, and `cases` mutations of each (or as many as `SEAC_CASES` says), to a target.
pub fn run(folder: &str, cases: usize, target: impl Fn(&[u8])) {
    let cases = std::env::var("SEAC_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let mut random = Random(0x5eac);
    let seeds = seeds(folder);
    assert!(!seeds.is_empty(), "no seeds in {folder}");
    for seed in seeds {
        told(&seed, &target);
        for _ in 0..cases {
            let mut text = seed.clone();
            for _ in 0..=random.below(3) {
                text = mutated(&mut random, &text);
            }
            told(&text, &target);
        }
    }
}

/// Runs the target; a text it panics for is printed, so that it can become a seed.
fn told(text: &[u8], target: impl Fn(&[u8])) {
    struct Guard<'t>(&'t [u8]);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                println!("the text it panics for:\n{}\n", String::from_utf8_lossy(self.0));
            }
        }
    }
    let _guard = Guard(text);
    target(text);
}
