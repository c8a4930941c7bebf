//! What would be decided: every policy at once, and the state that they look at.

use super::Emitter;
use crate::names;
use crate::rust::code::Code;
use seac_model::{BoundPolicy, Effect, Separation};
use seac_quote::quote;

impl Emitter<'_> {
    /// The methods that answer for those who ask; none where no policy looks at a state.
    pub(super) fn evaluation(&self) -> Option<Code> {
        let entity = self.operation.effect.entity()?;
        self.policies(|policy| policy.expression.reads_state()).next()?;
        let state = self.types.path(entity);
        let verdicts = self.policies(|_| true).map(|policy| self.verdict(policy));
        let found = self.found();
        Some(quote! {
            fn policies(
                &self,
                call: &Call<Self::Input>,
                state: Option<&kernel::serde_json::Value>,
            ) -> Result<Vec<Verdict>, Violations> {
                let state: Option<#state> = kernel::policy::described(state)?;
                Ok(vec![#(#verdicts),*])
            }
            #found
        })
    }

    /// Keeps this operation apart from others on one thing; nothing where no rule says so.
    pub(super) fn apart(&self, state: &str) -> Option<Code> {
        let rules = self.operation.separated.iter().map(|Separation { rule, code, others }| {
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            quote!(Separation { rule: #rule, code: #code, others: &[#(#others),*] })
        });
        let rules: Vec<Code> = rules.collect();
        let (entity, id) = (self.entity()?, self.operation.effect.entity()?.to_string());
        let (state, key) = (names::ident(state), names::snake(&entity.key));
        let own = format!("{}.{}", self.slug, self.name);
        (!rules.is_empty())
            .then(|| quote!(uow.keep_apart(&call.identity, #own, (#id, &#state.#key), &[#(#rules),*]).await?;))
    }

    fn verdict(&self, policy: &BoundPolicy) -> Code {
        if !policy.expression.reads_state() {
            return self.policy_call(policy, &quote!());
        }
        let call = self.policy_call(policy, &quote!(state));
        let (id, code) = (policy.policy.to_string(), policy.code.as_str());
        let rationale = policy.rationale.as_deref().unwrap_or_default();
        quote!(Verdict::on_state(state.as_ref(), (#id, #code, #rationale), |state| #call))
    }

    /// What is there before the call: what is made by it is not.
    fn found(&self) -> Option<Code> {
        let loads = matches!(self.operation.effect, Effect::Mutates { .. } | Effect::Reads { .. });
        let key = self.entity().map(|entity| names::snake(&entity.key)).filter(|_| loads && !self.is_outbound())?;
        Some(quote! {
            async fn state(
                &self,
                call: &Call<Self::Input>,
                tx: &mut dyn Tx,
            ) -> Result<Option<kernel::serde_json::Value>, Rejection> {
                let found = self.repository.find(tx, &call.input.#key).await?;
                found.as_ref().map(kernel::policy::described_as).transpose()
            }
        })
    }
}
