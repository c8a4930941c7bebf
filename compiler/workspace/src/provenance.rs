//! From a generated line to the spec it was made from, and back.

use crate::manifest::{Manifest, Node, Output, Region};

/// Where a file or a line of it comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct Blame<'m> {
    /// The file.
    pub output: &'m Output,
    /// The spec nodes: of a line those that surround it, innermost first; of a file all.
    pub origins: Vec<Node<'m>>,
}

/// What a spec line has produced.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product<'m> {
    /// The generated file.
    pub path: &'m str,
    /// First and last line, where the file knows them.
    pub lines: Option<(u32, u32)>,
}

/// Answers for a generated file, or for one line of it. None if the manifest does not name the file.
///
/// A line outside of every region is blamed on what the whole file was made from.
pub fn blame<'m>(manifest: &'m Manifest, path: &str, line: Option<u32>) -> Option<Blame<'m>> {
    let output = manifest.output(path)?;
    let mut around: Vec<&Region> = match line {
        Some(line) => output.regions.iter().filter(|Region(start, end, _)| (*start..=*end).contains(&line)).collect(),
        None => Vec::new(),
    };
    around.sort_by_key(|Region(start, end, _)| (end - start, *start));
    let (nodes, mut origins): (Vec<Node<'_>>, Vec<Node<'_>>) = (output.nodes().collect(), Vec::new());
    for node in around.iter().filter_map(|Region(_, _, index)| nodes.get(*index as usize)) {
        if !origins.contains(node) {
            origins.push(*node);
        }
    }
    if origins.is_empty() {
        origins = nodes;
    }
    Some(Blame { output, origins })
}

/// The spec node that a line belongs to: the nearest one that begins at the line or above it.
pub fn node<'m>(manifest: &'m Manifest, file: &str, line: u32) -> Option<Node<'m>> {
    let nodes = manifest.outputs.iter().flat_map(Output::nodes);
    nodes.filter(|node| node.file == file && node.line <= line).max_by_key(|node| node.line)
}

/// Everything that was made from a spec node, in the order of paths and lines.
pub fn trace<'m>(manifest: &'m Manifest, node: Node<'_>) -> Vec<Product<'m>> {
    let mut products = Vec::new();
    for output in &manifest.outputs {
        let Some(index) = output.nodes().position(|origin| origin == node) else { continue };
        let regions = output.regions.iter().filter(|Region(_, _, origin)| *origin as usize == index);
        let before = products.len();
        products
            .extend(regions.map(|Region(start, end, _)| Product { path: &output.path, lines: Some((*start, *end)) }));
        if products.len() == before {
            products.push(Product { path: &output.path, lines: None });
        }
    }
    products.sort();
    products
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Origin, Zone};

    fn manifest() -> Manifest {
        let output = |path: &str, lines: &[u32], regions| Output {
            path: path.into(),
            sha256: String::new(),
            zone: Zone::Gen,
            template: "t".into(),
            origins: vec![Origin { file: "specs/a/a.sea".into(), lines: lines.to_vec() }],
            regions,
        };
        let types = output("types.rs", &[3, 4], vec![Region(5, 20, 0), Region(7, 8, 1)]);
        let api = output("api.json", &[3], Vec::new());
        let (seac, model, inputs, templates) = ("0".into(), "m".into(), Vec::new(), Vec::new());
        Manifest { format: crate::manifest::FORMAT, seac, model, inputs, outputs: vec![api, types], templates }
    }

    fn lines(manifest: &Manifest, path: &str, line: Option<u32>) -> Option<Vec<u32>> {
        Some(blame(manifest, path, line)?.origins.iter().map(|origin| origin.line).collect())
    }

    #[test]
    fn a_line_is_blamed_on_the_innermost_node_first() {
        let manifest = manifest();
        assert_eq!(lines(&manifest, "types.rs", Some(7)), Some(vec![4, 3]));
        assert_eq!(lines(&manifest, "types.rs", Some(12)), Some(vec![3]));
    }

    #[test]
    fn a_line_that_nothing_surrounds_is_blamed_on_all_that_the_file_was_made_from() {
        let manifest = manifest();
        assert_eq!(lines(&manifest, "types.rs", Some(1)), Some(vec![3, 4]));
        assert_eq!(lines(&manifest, "api.json", Some(1)), Some(vec![3]));
        assert_eq!(lines(&manifest, "none.rs", None), None);
    }

    #[test]
    fn a_spec_line_is_traced_to_everything_made_from_its_node() {
        let manifest = manifest();
        let found = node(&manifest, "specs/a/a.sea", 9).expect("line 9 belongs to the node of line 4");
        assert_eq!(found.line, 4);
        assert_eq!(trace(&manifest, found), [Product { path: "types.rs", lines: Some((7, 8)) }]);
        let outer = node(&manifest, "specs/a/a.sea", 3).expect("a node begins there");
        let api = Product { path: "api.json", lines: None };
        assert_eq!(trace(&manifest, outer), [api, Product { path: "types.rs", lines: Some((5, 20)) }]);
        assert_eq!(node(&manifest, "specs/a/a.sea", 2), None);
    }
}
