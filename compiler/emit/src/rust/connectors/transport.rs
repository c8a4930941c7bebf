//! How deliveries arrive, as constants.

use super::optional;
use crate::rust::code::Code;
use seac_model::{Format, HeaderSecret, Poll, PollDetail, PollNext, PollSince, Secret, Spot, Verify, Webhook};
use seac_quote::quote;

/// The constant of a webhook.
pub fn webhook(webhook: &Webhook) -> Code {
    let path = &webhook.path;
    let (verify, format) = (verify(&webhook.verify), format(&webhook.format));
    let challenge = webhook.challenge.as_ref().map(|challenge| {
        let (header, member) = (&challenge.header, &challenge.member);
        quote!(kernel::connector::Challenge { header: #header, member: #member })
    });
    let challenge = optional(challenge);
    quote!(kernel::connector::Webhook { path: #path, verify: #verify, format: #format, challenge: #challenge })
}

fn verify(verify: &Verify) -> Code {
    let (kind, (header, prefix, secret)) = match verify {
        Verify::Hmac(hmac) => (quote!(HmacSha256), parts(hmac)),
        Verify::Token(token) => (quote!(SharedToken), parts(token)),
    };
    quote!(kernel::connector::Verify::#kind { header: #header, prefix: #prefix, secret: #secret })
}

fn parts(written: &HeaderSecret) -> (&str, &str, Code) {
    (&written.header, &written.prefix, secret(&written.secret))
}

fn secret(secret: &Secret) -> Code {
    match secret {
        Secret::Env(name) => quote!(kernel::connector::SecretRef::Env(#name)),
        Secret::File(path) => quote!(kernel::connector::SecretRef::File(#path)),
    }
}

fn format(format: &Format) -> Code {
    match format {
        Format::CloudEvents => quote!(kernel::connector::Format::CloudEvents),
        Format::Declared { items, delivery_id, event_type } => {
            let items = optional(items.as_ref().map(|pointer| quote!(#pointer)));
            let (delivery_id, event_type) = (spot(delivery_id), spot(event_type));
            quote!(kernel::connector::Format::Declared {
                items: #items,
                delivery_id: #delivery_id,
                event_type: #event_type,
            })
        }
    }
}

fn spot(spot: &Spot) -> Code {
    match spot {
        Spot::Header(name) => quote!(kernel::connector::Spot::Header(#name)),
        Spot::Pointer(pointer) => quote!(kernel::connector::Spot::Pointer(#pointer)),
    }
}

/// The constant of a poller.
pub fn poll(poll: &Poll) -> Code {
    let address = secret(&poll.address);
    let (path, items, delivery_id, event_type) = (&poll.path, &poll.items, &poll.delivery_id, &poll.event_type);
    let query = poll.query.iter().map(|(name, value)| quote!((#name, #value)));
    let auth = optional(poll.auth.as_ref().map(|auth| {
        let (header, prefix, secret) = parts(auth);
        quote!(kernel::connector::PollAuth { header: #header, prefix: #prefix, secret: #secret })
    }));
    let (every, timeout) = (duration(poll.every), duration(poll.timeout));
    let newest_first = poll.newest_first;
    let time = optional(poll.time.as_ref().map(|pointer| quote!(#pointer)));
    let next = optional(poll.next.as_ref().map(next));
    let since = optional(poll.since.as_ref().map(since));
    let total = optional(poll.total.as_ref().map(spot));
    let detail = optional(poll.detail.as_ref().map(detail));
    quote!(kernel::connector::Poll {
        address: #address,
        path: #path,
        query: &[#(#query),*],
        auth: #auth,
        every: #every,
        timeout: #timeout,
        newest_first: #newest_first,
        items: #items,
        delivery_id: #delivery_id,
        event_type: #event_type,
        time: #time,
        next: #next,
        since: #since,
        total: #total,
        detail: #detail,
    })
}

fn next(next: &PollNext) -> Code {
    match next {
        PollNext::Link => quote!(kernel::connector::Next::Link),
        PollNext::Cursor { at, parameter } => {
            quote!(kernel::connector::Next::Cursor { at: #at, parameter: #parameter })
        }
    }
}

fn since(since: &PollSince) -> Code {
    let parameter = optional(since.parameter.as_ref().map(|parameter| quote!(#parameter)));
    let (lookback, overlap) = (duration(since.lookback), duration(since.overlap));
    quote!(kernel::connector::Since { parameter: #parameter, lookback: #lookback, overlap: #overlap })
}

fn detail(detail: &PollDetail) -> Code {
    let (by, body) = (&detail.by, &detail.body);
    quote!(kernel::connector::Detail { by: #by, body: #body })
}

fn duration(milliseconds: u64) -> Code {
    quote!(std::time::Duration::from_millis(#milliseconds))
}
