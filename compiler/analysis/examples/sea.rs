use seac_analysis::sea::{Memory, Options, analyse};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let t = std::time::Instant::now();
    let mut memory = Memory::default();
    let file = memory.sources.add(path.clone(), std::fs::read_to_string(&path).unwrap());
    let (tree, _) = seac_syntax::sea::parse(file, &memory.sources.get(file).text);
    eprintln!("parse {:?} {}", t.elapsed(), tree.declarations.len());
    let size = std::mem::size_of::<seac_syntax::sea::ast::Declaration>();
    drop(tree);
    let t = std::time::Instant::now();
    let a = analyse(&[file], &mut memory, &Options::default());
    eprintln!("analyse (with parse) {:?} findings {} decl {}", t.elapsed(), a.diagnostics.len(), size);
    for d in a.diagnostics.iter().take(5) {
        eprintln!("{:?} {} {}", d.severity, d.code.name(), d.message);
    }
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    eprintln!("{}", s.lines().find(|l| l.starts_with("VmHWM")).unwrap());
}
