//! How many requests a second are taken.

use std::net::IpAddr;

use super::Reader;

/// Requests a second, and as many at once; 0 for no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    /// From one address, whoever is calling.
    pub address: u32,
    /// Of one caller who has proved who they are, wherever from.
    pub caller: u32,
    /// From one address, to webhooks.
    pub webhook: u32,
    /// Proxies before the node whose word on where a request comes from is believed.
    pub proxies: Vec<IpAddr>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Rates {
    let [address, caller, webhook] = ["address", "caller", "webhook"].map(|of| {
        let rate = reader.count(&format!("limits.{of}_rate"));
        u32::try_from(rate).unwrap_or(u32::MAX)
    });
    let mut proxies = Vec::new();
    for text in reader.words("limits.proxies") {
        match text.parse::<IpAddr>() {
            Ok(proxy) => proxies.push(proxy.to_canonical()),
            Err(_) => reader.problem("limits.proxies", &format!("\"{text}\" is not an address such as 10.0.0.1")),
        }
    }
    Rates { address, caller, webhook, proxies }
}
