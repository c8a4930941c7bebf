//! What can be said, of what.

pub use crate::generated::table::{Form, SUBJECTS, Ty};

/// What claims can be about; its place in the table is its place in a model.
#[derive(Debug)]
pub struct Subject {
    /// The word that it begins with.
    pub name: &'static str,
    /// What follows the word.
    pub form: Form,
    /// The subjects it is a part of; none for what stands alone.
    pub of: &'static [&'static str],
    /// Whether it is no declaration.
    pub bare: bool,
    /// Whether any annotation is a predicate of it.
    pub annotated: bool,
    /// What it is.
    pub doc: &'static str,
    /// What can be said of it.
    pub predicates: &'static [Predicate],
}

/// What can be said of a subject.
#[derive(Debug)]
pub struct Predicate {
    /// As it is written.
    pub name: &'static str,
    /// What its object is.
    pub ty: Ty,
    /// Whether it can be said more than once.
    pub many: bool,
    /// Whether a subject is not whole without it.
    pub required: bool,
    /// The kind of declaration that its object names.
    pub needs: Option<&'static str>,
    /// What it says.
    pub doc: &'static str,
}

/// That there is such a thing.
pub const DECLARED: &str = "declared";

const fn common(name: &'static str, ty: Ty, doc: &'static str) -> Predicate {
    Predicate { name, ty, many: false, required: false, needs: None, doc }
}

/// What can be said of every declaration.
static COMMON: [Predicate; 3] = [
    common(DECLARED, Ty::Flag, "There is such a thing."),
    common("exported", Ty::Flag, "Others may import it."),
    common("doc", Ty::Lines, "What it is."),
];

/// What stands behind an annotation.
static ANNOTATION: Predicate = common("@key", Ty::Values, "What the annotation says.");

/// The subject that begins with this word, as a part of another one or alone.
pub fn subject(name: &str, of: Option<&str>) -> Option<&'static Subject> {
    SUBJECTS
        .iter()
        .find(|subject| subject.name == name && of.map_or(subject.of.is_empty(), |parent| subject.of.contains(&parent)))
}

impl Subject {
    /// The predicate with this name; annotations are all the same one.
    pub fn predicate(&self, name: &str) -> Option<&'static Predicate> {
        if let Some(key) = name.strip_prefix('@') {
            return (self.annotated && crate::subject::is_word(key) && !key.contains('.')).then_some(&ANNOTATION);
        }
        let common = COMMON.iter().filter(|_| !self.bare);
        self.predicates.iter().chain(common).find(|predicate| predicate.name == name)
    }

    /// The names of all predicates.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let common = COMMON.iter().take(if self.bare { 0 } else { COMMON.len() });
        self.predicates.iter().chain(common).map(|predicate| predicate.name)
    }

    /// Its place in the table.
    pub fn rank(&self) -> usize {
        // It is an element of the table.
        let offset = (std::ptr::from_ref(self) as usize).wrapping_sub(SUBJECTS.as_ptr() as usize);
        offset / size_of::<Self>()
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Subject {}
