//! `metamodel.projections`: formats that models are projected to.

use crate::generated::shapes;
use crate::sds::ast::{Scalar, Text};
use crate::sds::reader::Reader;
use crate::source::Span;
use crate::yaml::Node;
use serde::Serialize;

/// `metamodel.projections[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Projection {
    /// The item.
    pub span: Span,
    /// As it is typed.
    pub name: Text,
    /// What it is called.
    pub title: Text,
    /// What it makes of a model.
    pub doc: Text,
    /// How the names of its files end.
    pub extension: Text,
    /// Which standard it follows.
    pub standard: Text,
    /// What its output is held against.
    pub validator: Text,
    /// What can be chosen.
    pub options: Vec<ProjectionOption>,
    /// What becomes of each kind of element.
    pub mapping: Vec<ProjectionRow>,
}

/// `metamodel.projections[].options[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectionOption {
    /// The item.
    pub span: Span,
    /// As it is typed.
    pub name: Text,
    /// What it takes.
    pub ty: Text,
    /// The words it takes.
    pub words: Vec<Text>,
    /// What holds where it is not given.
    pub default: Option<Scalar>,
    /// What it is for.
    pub doc: Text,
}

/// `metamodel.projections[].mapping[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectionRow {
    /// The item.
    pub span: Span,
    /// The kinds of element.
    pub elements: Vec<Text>,
    /// What they become.
    pub becomes: Option<Text>,
    /// What of them is lost, and why.
    pub lost: Option<Text>,
}

impl Reader<'_> {
    pub(super) fn projection(&mut self, node: &Node) -> Option<Projection> {
        let map = self.map(node, &shapes::PROJECTION)?;
        let (name, title, doc) = (self.text(map, "name"), self.text(map, "title"), self.text(map, "doc"));
        let (extension, standard) = (self.text(map, "extension"), self.text(map, "standard"));
        let validator = self.text(map, "validator");
        let options = self.list(map, "options", Self::projection_option);
        let mapping = self.list(map, "mapping", Self::projection_row);
        Some(Projection {
            span: map.span,
            name: name?,
            title: title?,
            doc: doc?,
            extension: extension?,
            standard: standard?,
            validator: validator?,
            options,
            mapping,
        })
    }

    fn projection_option(&mut self, node: &Node) -> Option<ProjectionOption> {
        let map = self.map(node, &shapes::PROJECTION_OPTION)?;
        let (name, ty, doc) = (self.text(map, "name"), self.text(map, "type"), self.text(map, "doc"));
        let (words, default) = (self.texts(map, "words"), map.get("default").and_then(|node| self.scalar(node)));
        Some(ProjectionOption { span: map.span, name: name?, ty: ty?, words, default, doc: doc? })
    }

    fn projection_row(&mut self, node: &Node) -> Option<ProjectionRow> {
        let map = self.map(node, &shapes::PROJECTION_ROW)?;
        let (elements, becomes) = (self.texts(map, "elements"), self.text(map, "becomes"));
        Some(ProjectionRow { span: map.span, elements, becomes, lost: self.text(map, "lost") })
    }
}
