//! A cell that has been opened: stores, bus, router.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Cell, CellError, Module, stores};
use crate::auth::{DevIssuer, Verifiers, attempts};
use crate::bus::log;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::connector;
use crate::http::{self, Front, Guards, Leaving, Parts};
use crate::invariant::{self, Invariant, Standings};
use crate::ledger::{self, Asked, Notary};
use crate::metrics::Metrics;
use crate::operation;
use crate::outbound::Destinations;
use crate::outbox;
use crate::read_model;
use crate::services::Services;
use crate::store::{self, Store, lock::DirLock};
use crate::trace::{self, Tracer};

/// An open cell. Emitted tests drive its router; `serve` listens with it.
pub struct Node {
    services: Services,
    router: axum::Router,
    leaving: Leaving,
    issuer: Option<DevIssuer>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    notary: Arc<Notary>,
    /// The data directory, where the store does not hold it.
    _directory: Option<DirLock>,
}

impl Cell {
    /// Opens the data directory for this process alone, migrates it, and starts relay and consumers.
    ///
    /// # Errors
    /// When the modules do not fit together, or the data directory cannot be had.
    pub async fn open(self, config: &Config) -> Result<Node, CellError> {
        self.check()?;
        self.check_settings(config)?;
        let issuer = open_issuer(config)?;
        let directory = config.database.as_ref().map(|_| DirLock::acquire(&config.data_dir)).transpose()?;
        let metrics = Arc::new(Metrics::new(&self.model_hash));
        let store = stores::open_counted(config, metrics.batches()).await?;
        let blobs = stores::blobs(config, true)?;
        if let Err(error) = store::migrate(&store, &self.migrations()).await {
            store.close().await;
            return Err(error.into());
        }
        let notary = match open_notary(&store, config, &self.clock).await {
            Ok(notary) => Arc::new(notary),
            Err(error) => {
                store.close().await;
                return Err(error);
            }
        };
        let services = Services::new(store, blobs, Arc::clone(&self.clock), &self.model_hash)
            .leading_to(Destinations::new(config.outbound.clone()))
            .recording(config.refusals)
            .counted_by(Arc::clone(&metrics));
        let (tracer, spans) = match &config.traces {
            Some(url) => {
                let (tracer, spans) = Tracer::on(metrics);
                (tracer, Some((url.clone(), spans)))
            }
            None => (Tracer::off(metrics), None),
        };
        let services = services.traced_by(tracer);
        let declared = self.roles();
        let standings = Standings::default();
        let leaving = Leaving::default();
        let front = Front {
            leaving: leaving.clone(),
            standings: standings.clone(),
            services: services.clone(),
            verifier: Arc::new(Verifiers::new(&services, issuer.as_ref(), config.oidc.as_ref())),
            bundle: self.model_hash.as_str().into(),
            body_bytes: config.body_bytes,
            guards: Arc::new(Guards::new(&config.rates)),
            patience: config.patience,
            notary: Arc::clone(&notary),
            ledger_readers: config.ledger_readers.clone().into(),
            evaluators: config.evaluators.clone().into(),
            administrators: config.administrators.clone().into(),
            roles: Arc::new(declared),
        };
        let read_models = self.read_models();
        let invariants: Vec<_> = self.modules.iter().flat_map(watched).collect();
        let (parts, consumers) = split(self.modules);
        let polled: Vec<_> = parts.connectors.iter().filter(|connector| connector.poll.is_some()).cloned().collect();
        let router = http::build(&front, parts).map_err(|e| CellError::Wiring(e.to_string()))?;
        let (stop, stopped) = watch::channel(false);
        log::register(&services, &consumers).await?;
        read_model::register(&services, &read_models).await?;
        let owed = consumers.iter().map(|consumer| (consumer.durable.clone(), consumer.event_type.clone())).collect();
        let (bus, mut tasks) = stores::bus(config, &services, consumers, &stopped).await?;
        tasks.push(tokio::spawn(log::watch(services.clone(), owed, stopped.clone())));
        tasks.push(tokio::spawn(Arc::clone(&notary).run(config.checkpoint_every, stopped.clone())));
        tasks.push(tokio::spawn(operation::sweep(services.clone(), stopped.clone())));
        if let Some((url, spans)) = spans {
            let about = (Arc::clone(&services.metrics), Arc::clone(&services.model_hash));
            tasks.push(tokio::spawn(trace::run(url, spans, about, stopped.clone())));
        }
        tasks.push(tokio::spawn(attempts::watch(services.clone(), stopped.clone())));
        for (context, invariant) in invariants {
            let watch = invariant::keep_watch(services.clone(), context, invariant, standings.clone(), stopped.clone());
            tasks.push(tokio::spawn(watch));
        }
        for model in read_models {
            tasks.push(tokio::spawn(read_model::follow(services.clone(), model, stopped.clone())));
        }
        for connector in polled {
            tasks.push(tokio::spawn(connector::poll(services.clone(), connector, stopped.clone())));
        }
        tasks.push(tokio::spawn(outbox::relay(services.clone(), bus, stopped)));
        Ok(Node { services, router, leaving, issuer, stop, tasks, notary, _directory: directory })
    }

    /// What was configured for another cell.
    pub(super) fn check_settings(&self, config: &Config) -> Result<(), CellError> {
        let problems: Vec<String> =
            self.unmet(config).into_iter().map(|(key, reason)| format!("{key}: {reason}")).collect();
        if problems.is_empty() { Ok(()) } else { Err(CellError::Config(ConfigError(problems))) }
    }

    /// What this cell lacks of its configuration, by key. One that does not know where its ports lead to would fail call by
    /// call; one that gives roles which nobody declares would refuse everybody.
    pub(super) fn unmet(&self, config: &Config) -> Vec<(String, String)> {
        let unknown = self.outbound().into_iter().filter(|port| !config.outbound.contains_key(*port));
        let addresses = unknown
            .map(|port| (format!("outbound.{port}.url"), "needed, the address that the port leads to".to_owned()));
        let tokens = config.outbound.iter().filter_map(|(port, destination)| {
            let error = destination.token.as_ref()?.text().err()?;
            Some((format!("outbound.{port}.token"), error))
        });
        let known = self.roles();
        let given = config.oidc.iter().flat_map(|oidc| &oidc.roles).map(|(_, ours)| ours.as_str());
        let strangers: Vec<&str> = given.filter(|role| !known.contains(role)).collect();
        let roles = (!strangers.is_empty()).then(|| {
            let known: Vec<&str> = known.iter().copied().collect();
            let reason =
                format!("nobody declares the role {}; known roles: {}", strangers.join(", "), known.join(", "));
            ("auth.oidc.roles".to_owned(), reason)
        });
        addresses.chain(tokens).chain(roles).collect()
    }

    /// Every role that a context declares.
    pub(super) fn roles(&self) -> BTreeSet<&'static str> {
        self.modules.iter().flat_map(|module| module.roles.iter().copied()).collect()
    }

    /// Roles that are given on the command line are roles that somebody declares.
    pub(super) fn check_roles(&self, roles: &[String]) -> Result<(), CellError> {
        let known = self.roles();
        let Some(unknown) = roles.iter().find(|role| !known.contains(role.as_str())) else { return Ok(()) };
        let known: Vec<&str> = known.into_iter().collect();
        let reason = format!("--role {unknown}: nobody declares it; known roles: {}", known.join(", "));
        Err(CellError::Config(ConfigError(vec![reason])))
    }

    /// Mistakes that would otherwise show only at run time.
    pub(super) fn check(&self) -> Result<(), CellError> {
        let mut problems: Vec<String> = self.modules.iter().flat_map(|module| module.wiring.clone()).collect();
        let mut names = BTreeSet::from(["kernel"]);
        let (mut durables, mut read_models) = (BTreeSet::new(), BTreeSet::new());
        let known = self.roles();
        for module in &self.modules {
            if !names.insert(module.name) {
                problems.push(format!("there are two contexts named {}", module.name));
            }
            problems.extend(foreign(module));
            for (_, operation) in &module.operations {
                let spec = operation.spec();
                let unknown = spec.roles.iter().filter(|role| !known.contains(*role));
                problems.extend(unknown.map(|role| format!("{}: nobody declares the role {role}", spec.qualified())));
            }
            for model in module.read_models.iter().map(|model| model.declared().name) {
                if !read_models.insert(model) {
                    problems.push(format!("there are two read models named {model}"));
                }
            }
            for consumer in &module.consumers {
                if !durables.insert(consumer.durable.as_str()) {
                    problems.push(format!("there are two consumers named {}", consumer.durable));
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(CellError::Wiring(problems.join("\n"))) }
    }
}

/// Migrations that belong to another context would break its numbering.
fn foreign(module: &Module) -> Option<String> {
    let stranger = module.migrations.iter().find(|migration| migration.context != module.name)?;
    Some(format!("{} brings a migration of {}", module.name, stranger.context))
}

/// What must always hold in a context.
fn watched(module: &Module) -> impl Iterator<Item = (&'static str, Invariant)> {
    module.invariants.iter().map(|invariant| (module.name, *invariant))
}

fn split(modules: Vec<Module>) -> (Parts, Vec<crate::bus::Consumer>) {
    let mut parts = Parts { operations: Vec::new(), connectors: Vec::new(), documents: Vec::new() };
    let mut consumers = Vec::new();
    for module in modules {
        parts.operations.extend(module.operations);
        parts.connectors.extend(module.connectors);
        consumers.extend(module.consumers);
        if let Some(document) = module.openapi {
            parts.documents.push((module.name.to_owned(), document));
        }
    }
    (parts, consumers)
}

/// The notary of the ledger, with the key in force.
async fn open_notary(store: &Store, config: &Config, clock: &Arc<dyn Clock>) -> Result<Notary, CellError> {
    let place = config.key_place().map_err(|e| CellError::Config(crate::config::ConfigError(vec![e])))?;
    let now = clock.now();
    let key = store
        .transact(move |tx| {
            let place = place.clone();
            async move { ledger::adopt(tx, &place, now).await }.boxed()
        })
        .await?;
    Ok(Notary::new(store.clone(), Arc::clone(clock), key, witnesses(config)?))
}

fn witnesses(config: &Config) -> Result<Vec<Asked>, CellError> {
    let asked = config.witnesses.iter().map(|witness| {
        let (url, key) = crate::config::witness_of(witness)?;
        Ok(Asked { key, client: Box::new(http::HttpWitness(url)) })
    });
    asked.collect::<Result<_, String>>().map_err(|e| CellError::Config(crate::config::ConfigError(vec![e])))
}

pub(super) fn open_issuer(config: &Config) -> Result<Option<DevIssuer>, CellError> {
    if !config.dev_issuer {
        return Ok(None);
    }
    let listen = config.addresses().map_err(|e| CellError::Config(ConfigError(vec![e])))?;
    Ok(Some(DevIssuer::open(&config.data_dir, &listen, &config.issuer, &config.audience)?))
}

impl Node {
    /// The router over all routes.
    pub fn router(&self) -> axum::Router {
        self.router.clone()
    }

    /// The router for what monitoring reads. It asks nobody who they are: it is for a listener of its own.
    pub fn monitoring(&self) -> axum::Router {
        http::monitoring(self.services.clone())
    }

    /// What tells callers that the node is about to stop.
    pub(crate) fn leaving(&self) -> Leaving {
        self.leaving.clone()
    }

    /// The ports.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The development issuer, if it is on.
    pub fn issuer(&self) -> Option<&DevIssuer> {
        self.issuer.as_ref()
    }

    /// Stops relay and consumers, waits for running work, signs a last checkpoint, closes the store and gives the data directory back.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        // Nobody appends any more, so this speaks for everything.
        self.notary.sign_and_ask().await;
        self.services.store.close().await;
    }
}
