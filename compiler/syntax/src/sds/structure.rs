//! The file as a whole, and the groups that say how the context is built and run.

use super::ast::*;
use super::reader::{Map, Reader};
use super::shapes;
use crate::source::Span;
use crate::yaml::Node;

impl Reader<'_> {
    pub(super) fn file(&mut self, node: &Node, whole: Span) -> SdsFile {
        let mut file = SdsFile::empty(whole);
        let Some(map) = self.map(node, &shapes::FILE) else { return file };
        file.sds_id = self.text(map, "sdsId");
        file.title = self.text(map, "title");
        file.bounded_context = self.text(map, "boundedContext");
        file.version = self.text(map, "version");
        file.owner = self.text(map, "owner");
        file.satisfies_prds = self.texts(map, "satisfiesPrds");
        file.satisfies_adrs = self.texts(map, "satisfiesAdrs");
        file.uses = self.texts(map, "uses");
        self.domain_and_cqrs(map, &mut file);
        file.use_cases = self.list(map, "useCases", Self::use_case);
        if let Some(ports) = self.submap(map, "ports", &shapes::PORTS) {
            file.inbound_ports = self.list(ports, "inbound", Self::inbound_port);
            file.outbound_ports = self.list(ports, "outbound", Self::outbound_port);
        }
        file.adapters = self.list(map, "adapters", Self::adapter);
        file.uow = self.uow(map);
        file.message_bus = self.message_bus(map);
        file.connectors = self.list(map, "connectors", Self::connector);
        file.semantic_refs = self.list(map, "semanticRefs", Self::semantic_ref);
        file.invariants = self.list(map, "invariants", Self::invariant);
        if let Some(access) = self.submap(map, "access", &shapes::ACCESS) {
            file.grants = self.list(access, "grants", Self::grant);
            file.separation_of_duties = self.list(access, "separationOfDuties", Self::separation);
        }
        if let Some(behavior) = self.submap(map, "behavior", &shapes::BEHAVIOR) {
            file.expectations = self.list(behavior, "expectations", Self::expectation);
        }
        file.reasoning = self.reasoning(map);
        file.evolution = self.evolution(map);
        file.metamodel = map.get("metamodel").and_then(|node| self.metamodel(node)).map(Box::new);
        file
    }

    fn domain_and_cqrs(&mut self, map: Map<'_>, file: &mut SdsFile) {
        if let Some(domain) = self.submap(map, "domain", &shapes::DOMAIN) {
            file.entities = self.list(domain, "entities", Self::entity);
            file.value_objects = self.list(domain, "valueObjects", Self::value_object);
        }
        if let Some(cqrs) = self.submap(map, "cqrs", &shapes::CQRS) {
            file.commands = self.list(cqrs, "commands", Self::command);
            file.queries = self.list(cqrs, "queries", Self::query);
            file.events = self.list(cqrs, "events", Self::event);
            file.read_models = self.list(cqrs, "readModels", Self::read_model);
        }
    }

    fn evolution(&mut self, map: Map<'_>) -> Evolution {
        let Some(map) = self.submap(map, "evolution", &shapes::EVOLUTION) else { return Evolution::default() };
        let backfill = map.get("backfill").map(|node| self.entries(node, "a mapping from fields to values"));
        let backfill = backfill.unwrap_or_default().iter();
        Evolution {
            renames: self.pairs(map, "renames"),
            backfill: backfill.filter_map(|entry| Some((entry.key.clone(), self.scalar(&entry.value)?))).collect(),
            accepts: self.list(map, "accepts", Self::accepted),
            splits: self.list(map, "splits", Self::split),
        }
    }

    fn accepted(&mut self, node: &Node) -> Option<(Text, Text)> {
        let map = self.map(node, &shapes::ACCEPTED)?;
        Some((self.text(map, "change")?, self.text(map, "reason")?))
    }

    fn split(&mut self, node: &Node) -> Option<Split> {
        let map = self.map(node, &shapes::SPLIT)?;
        let (from, into, fields) = (self.text(map, "from"), self.text(map, "into"), self.pairs(map, "fields"));
        Some(Split { span: map.span, from: from?, into: into?, fields })
    }

    /// A mapping from texts to texts.
    fn pairs(&mut self, map: Map<'_>, key: &str) -> Vec<(Text, Text)> {
        let entries = map.get(key).map(|node| self.entries(node, "a mapping from names to names")).unwrap_or_default();
        entries.iter().filter_map(|entry| Some((entry.key.clone(), self.string(&entry.value)?))).collect()
    }

    fn inbound_port(&mut self, node: &Node) -> Option<InboundPort> {
        let map = self.map(node, &shapes::INBOUND)?;
        let (name, operations) = (self.text(map, "name"), self.texts(map, "operations"));
        let http = self.submap(map, "http", &shapes::HTTP);
        let http_base = http.and_then(|http| self.text(http, "base"));
        Some(InboundPort { span: map.span, name: name?, operations, http_base })
    }

    fn outbound_port(&mut self, node: &Node) -> Option<OutboundPort> {
        let map = self.map(node, &shapes::OUTBOUND)?;
        let (name, for_entity, kind) = (self.text(map, "name"), self.text(map, "for"), self.text(map, "kind"));
        let operations = self.texts(map, "operations");
        Some(OutboundPort { span: map.span, name: name?, for_entity, operations, kind })
    }

    fn adapter(&mut self, node: &Node) -> Option<Adapter> {
        let map = self.map(node, &shapes::ADAPTER)?;
        let (name, implements, kind) = (self.text(map, "name"), self.text(map, "implements"), self.text(map, "kind"));
        let http = map.get("http").and_then(|node| self.http_call(node));
        Some(Adapter { span: map.span, name: name?, implements: implements?, kind: kind?, http })
    }

    fn http_call(&mut self, node: &Node) -> Option<HttpCall> {
        let map = self.map(node, &shapes::HTTP_CALL)?;
        let timeout = map.get("timeout").and_then(|node| self.duration(node));
        let retry = map.get("retry").and_then(|node| self.retry(node));
        Some(HttpCall { span: map.span, timeout, retry })
    }

    fn uow(&mut self, map: Map<'_>) -> Option<Uow> {
        let map = self.submap(map, "uow", &shapes::UOW)?;
        Some(Uow {
            span: map.span,
            boundary: self.text(map, "boundary"),
            includes: self.texts(map, "includes"),
            isolation: self.text(map, "isolation"),
        })
    }

    fn message_bus(&mut self, map: Map<'_>) -> Option<MessageBus> {
        let map = self.submap(map, "messageBus", &shapes::MESSAGE_BUS)?;
        Some(MessageBus {
            span: map.span,
            stream: self.text(map, "stream"),
            routes: self.list(map, "routes", Self::route),
            retry: map.get("retry").and_then(|node| self.retry(node)),
            dead_letter: self.text(map, "deadLetter"),
            outbox: self.outbox(map),
            consumers: self.list(map, "consumers", Self::consumer),
        })
    }

    fn route(&mut self, node: &Node) -> Option<Route> {
        let map = self.map(node, &shapes::ROUTE)?;
        let (event, subject) = (self.text(map, "event"), self.text(map, "subject"));
        Some(Route { span: map.span, event: event?, subject: subject?, external: self.flag(map, "external") })
    }

    fn retry(&mut self, node: &Node) -> Option<Retry> {
        let map = self.map(node, &shapes::RETRY)?;
        let (max, backoff) = (self.count(map, "max"), self.list(map, "backoff", Self::duration));
        Some(Retry { span: map.span, max: max?, backoff })
    }

    fn consumer(&mut self, node: &Node) -> Option<Consumer> {
        let map = self.map(node, &shapes::CONSUMER)?;
        let (event, runs, durable) = (self.text(map, "event"), self.text(map, "runs"), self.text(map, "durable"));
        Some(Consumer { span: map.span, event: event?, runs: runs?, durable: durable? })
    }

    fn semantic_ref(&mut self, node: &Node) -> Option<SemanticRef> {
        let map = self.map(node, &shapes::SEMANTIC_REF)?;
        let (element, concept) = (self.text(map, "element"), self.text(map, "concept"));
        Some(SemanticRef { span: map.span, element: element?, concept: concept? })
    }

    fn invariant(&mut self, node: &Node) -> Option<Invariant> {
        let map = self.map(node, &shapes::INVARIANT)?;
        let (id, statement, severity) = (self.text(map, "id"), self.text(map, "statement"), self.text(map, "severity"));
        let check = self.submap(map, "check", &shapes::CHECK);
        let probe = check.and_then(|check| self.text(check, "probe"));
        let every = check.and_then(|check| self.duration_at(check, "every"));
        let runbook = map.get("runbook").and_then(|node| self.runbook(node));
        Some(Invariant { span: map.span, id: id?, statement: statement?, severity: severity?, probe, every, runbook })
    }

    fn runbook(&mut self, node: &Node) -> Option<Runbook> {
        let map = self.map(node, &shapes::RUNBOOK)?;
        let recover = self.submap(map, "recover", &shapes::RECOVER);
        Some(Runbook {
            span: map.span,
            blast_radius: self.text(map, "blastRadius"),
            contain: self.texts(map, "contain"),
            preserve: self.texts(map, "preserve"),
            diagnose: self.texts(map, "diagnose"),
            recover: recover.map(|recover| self.texts(recover, "steps")).unwrap_or_default(),
            approver: recover.and_then(|recover| self.text(recover, "approver")),
            verify: self.texts(map, "verify"),
        })
    }

    fn grant(&mut self, node: &Node) -> Option<Grant> {
        let map = self.map(node, &shapes::GRANT)?;
        let (role, may) = (self.text(map, "role"), self.texts(map, "may"));
        Some(Grant { span: map.span, role: role?, may })
    }

    fn separation(&mut self, node: &Node) -> Option<SeparationOfDuties> {
        let map = self.map(node, &shapes::SEPARATION)?;
        let (rule, between) = (self.text(map, "rule"), self.texts(map, "between"));
        Some(SeparationOfDuties { span: map.span, rule: rule?, between, fails_with: self.text(map, "failsWith") })
    }

    fn expectation(&mut self, node: &Node) -> Option<Expectation> {
        let map = self.map(node, &shapes::EXPECTATION)?;
        let (flow, then, within) = (self.text(map, "flow"), self.text(map, "then"), self.duration_at(map, "within"));
        Some(Expectation { span: map.span, flow: flow?, then: then?, within })
    }

    fn reasoning(&mut self, map: Map<'_>) -> Option<Reasoning> {
        let map = self.submap(map, "reasoning", &shapes::REASONING)?;
        let limits = self.submap(map, "limits", &shapes::LIMITS);
        Some(Reasoning {
            span: map.span,
            rules: self.texts(map, "rules"),
            rounds: limits.and_then(|limits| self.count(limits, "rounds")),
            triples: limits.and_then(|limits| self.count(limits, "triples")),
            time: limits.and_then(|limits| self.duration_at(limits, "time")),
        })
    }
}
