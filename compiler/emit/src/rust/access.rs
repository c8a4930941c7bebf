//! `gen/access.rs`: a test that calls every operation in every role.

use crate::access::{reached, roles};
use crate::rust::code::Code;
use crate::scope::Scope;
use seac_model::TypeId;
use seac_quote::quote;

/// The test of a context.
pub fn emit(scope: &Scope<'_>) -> Code {
    let roles: Vec<String> = roles(scope).into_iter().collect();
    let operations = reached(scope).into_iter().map(|(name, operation)| {
        let allowed: Vec<String> = operation.roles.iter().map(TypeId::to_string).collect();
        quote!((#name, &[#(#allowed),*]))
    });
    let operations: Vec<Code> = operations.collect();
    quote! {
        #![doc = " Who may call what: the matrix of the spec, tried as a whole."]

        /// Every role there is.
        const ROLES: &[&str] = &[#(#roles),*];

        /// Every operation that has a route, with the roles that may call it; everybody may if there are none.
        const ACCESS: &[(&str, &[&str])] = &[#(#operations),*];

        #[test]
        fn every_role_may_call_what_the_spec_says_and_nothing_else() {
            kernel::testing::access(super::module(), ROLES, ACCESS);
        }
    }
}
