//! Building a guard: one mandatory thing, the policy; everything else has a safe default.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::fence::Patient;
use super::policies::Remake;
use super::schemas::Schemas;
use super::{Guard, Inner};
use crate::audit::{AuditError, AuditObserver, Chain, EventDraft};
use crate::base::{
    Clock, ClockError, Entropy, EntropyError, Limits, Nonce, OsEntropy, SecretKey, SystemClock,
};
use crate::detect::{AsyncJudge, Detector, DetectorError, DetectorId, HeadDetector, RuleDetector};
use crate::layers::l03_outbound_dlp::Registered;
use crate::layers::l08_scopes::ScopeMap;
use crate::layers::l12_action_gate::{AsyncConfirmer, Confirmer, DenyAll};
use crate::policy::Policy;
use crate::state::{MemoryLimits, MemoryStore, StateStore};

/// Puts a guard together. Everything but the policy has a default; [`GuardBuilder::detector`] and
/// [`GuardBuilder::observer`] may be called repeatedly. [`GuardBuilder::build`] says
/// everything that is wrong at once.
#[must_use = "a builder guards nothing until it is built"]
#[derive(Debug)]
pub struct GuardBuilder {
    policy: Policy,
    limits: Limits,
    key: Option<SecretKey>,
    store: Option<Arc<dyn StateStore>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    confirmer: Arc<dyn Confirmer>,
    async_confirmer: Option<Arc<dyn AsyncConfirmer>>,
    scopes: Option<ScopeMap>,
    patience: Duration,
    detectors: Vec<Arc<dyn Detector>>,
    judge: Option<Arc<dyn AsyncJudge>>,
    self_test: bool,
    observers: Vec<Arc<dyn AuditObserver>>,
    chain: Option<Chain>,
}

impl GuardBuilder {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            policy,
            limits: Limits::default(),
            key: None,
            store: None,
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(OsEntropy::new()),
            confirmer: Arc::new(DenyAll::default()),
            async_confirmer: None,
            scopes: None,
            patience: Duration::from_secs(5),
            detectors: Vec::new(),
            judge: None,
            self_test: true,
            observers: Vec::new(),
            chain: None,
        }
    }

    /// Budgets other than the default ones.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The one secret from which the guard derives a key for each use (evidence in findings, registered values,
    /// the audit chain). Without it a fresh one is drawn: then digests of two runs cannot be compared.
    pub fn key(mut self, key: SecretKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Where sessions are kept. Default: in this process's memory.
    pub fn store(mut self, store: impl StateStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Where the time comes from. Default: the operating system.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where unguessable bytes come from. Default: the operating system.
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Who is asked before a sensitive call. Default: nobody, so such calls are refused.
    pub fn confirmer(mut self, confirmer: impl Confirmer + 'static) -> Self {
        self.confirmer = Arc::new(confirmer);
        self
    }

    /// Who is asked by [`Guard::guard_tool_call_async`]. Default: the other confirmer.
    pub fn async_confirmer(mut self, confirmer: impl AsyncConfirmer + 'static) -> Self {
        self.async_confirmer = Some(Arc::new(confirmer));
        self
    }

    /// Which scopes each tool needs. Default: no tool needs any, and none are looked at.
    pub fn scopes(mut self, scopes: ScopeMap) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// How long a detector or an observer of the host's may take before its delay counts as a failure, which is a
    /// block. Default five seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// One more detector, besides the built-in rules and heads.
    pub fn detector(mut self, detector: impl Detector + 'static) -> Self {
        self.detectors.push(Arc::new(detector));
        self
    }

    /// Who is awaited where the detectors are not sure of a text that comes in: by [`Guard::process_inbound_async`],
    /// [`Guard::admit_result_async`] and [`Guard::guard_tool_call_async`]. Their sisters that do not wait refuse such a
    /// text. Definitions of tools are judged by the detectors alone.
    pub fn async_judge(mut self, judge: impl AsyncJudge + 'static) -> Self {
        self.judge = Some(Arc::new(judge));
        self
    }

    /// Whether every detector has to show on samples that it fires and that it keeps quiet, before the guard is built.
    /// Default: it has to. It takes less than a millisecond for the built-in ones.
    pub fn self_test(mut self, wanted: bool) -> Self {
        self.self_test = wanted;
        self
    }

    /// One more observer of the audit. Every event reaches all of them before a verdict is handed out; when one
    /// refuses, the verdict is a block.
    pub fn observer(mut self, observer: impl AuditObserver + 'static) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// The audit chain to go on with, where an audit file was opened: [`crate::audit::FileSink`] gives it.
    /// Default: a new chain.
    pub fn chain(mut self, chain: Chain) -> Self {
        self.chain = Some(chain);
        self
    }

    /// Builds the guard.
    ///
    /// # Errors
    /// Every reason why it cannot be built.
    pub fn build(self) -> Result<Guard, BuildError> {
        let mut problems = Vec::new();
        if self.limits.max_input == 0 || self.limits.max_input > Limits::MAX_INPUT {
            problems.push(BuildProblem::MaxInput(self.limits.max_input));
        }
        let now = self.clock.now();
        if let Err(error) = &now {
            problems.push(BuildProblem::Clock(error.clone()));
        }
        // Tells this run from others, whose tokens may have been spent.
        let run = match Nonce::generate(&*self.entropy) {
            Ok(run) => run,
            Err(error) => {
                problems.push(BuildProblem::Entropy(error));
                Nonce::from_bytes([0; 16])
            }
        };
        let key = match self.key.map_or_else(|| SecretKey::generate(&*self.entropy), Ok) {
            Ok(key) => Some(key),
            Err(error) => {
                problems.push(BuildProblem::Entropy(error));
                None
            }
        };
        let own: [Arc<dyn Detector>; 2] =
            [Arc::new(RuleDetector::compile()), Arc::new(HeadDetector::compile())];
        let fenced = self.detectors.into_iter().map(|detector| -> Arc<dyn Detector> {
            Arc::new(Patient { detector, clock: Arc::clone(&self.clock), patience: self.patience })
        });
        let detectors: Vec<Arc<dyn Detector>> = own.into_iter().chain(fenced).collect();
        if self.self_test {
            problems.extend(detectors.iter().filter_map(|detector| tested(&**detector)));
        }
        let (Ok(now), Some(key), true) = (now, key, problems.is_empty()) else {
            return Err(BuildError { problems });
        };
        let policy = Arc::new(self.policy);
        let chain = self.chain.unwrap_or_else(|| Chain::new(Some(key.derive("audit"))));
        let began = chain.record(
            EventDraft::begin(policy.digest()),
            now,
            self.observers.iter().map(|observer| &**observer),
        );
        if let Err(error) = began {
            problems.push(BuildProblem::Audit(error));
            return Err(BuildError { problems });
        }
        let registered = Registered::new(&key);
        let store = self.store.unwrap_or_else(|| {
            let mut limits = MemoryLimits::default();
            limits.session_bytes = self.limits.session_bytes;
            Arc::new(MemoryStore::new(limits))
        });
        let remake = Remake::new(Policy::clone(&policy), self.limits, key, run, detectors, self.scopes);
        let pipeline = remake.pipeline(policy);
        Ok(Guard {
            pinned: None,
            inner: Arc::new(Inner {
                pipeline: std::sync::RwLock::new(Arc::new(pipeline)),
                remake,
                registered: std::sync::RwLock::new(Arc::new(registered)),
                trails: std::sync::Mutex::default(),
                store,
                clock: self.clock,
                entropy: self.entropy,
                confirmer: self.confirmer,
                async_confirmer: self.async_confirmer,
                judge: self.judge.map(|judge| (judge.id(), judge)),
                schemas: Schemas::default(),
                patience: self.patience,
                chain,
                observers: self.observers,
            }),
        })
    }
}

/// What speaks against a detector.
fn tested(detector: &dyn Detector) -> Option<BuildProblem> {
    // SECURITY: a detector is host code and may panic; one that cannot show that it works protects nobody.
    let tested =
        catch_unwind(AssertUnwindSafe(|| detector.self_test().map_err(|error| (detector.id(), error))));
    match tested {
        Ok(Ok(())) => None,
        Ok(Err((id, error))) => Some(BuildProblem::SelfTest(id, error)),
        Err(_) => Some(BuildProblem::SelfTest(
            DetectorId::new("unnamed"),
            DetectorError::new("it panicked in its self-test"),
        )),
    }
}

/// Why a guard could not be built: every reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    problems: Vec<BuildProblem>,
}

impl BuildError {
    /// Every reason, in the order in which they were found.
    pub fn problems(&self) -> &[BuildProblem] {
        &self.problems
    }
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the guard cannot be built")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for BuildError {}

/// One reason why a guard could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildProblem {
    /// `Limits::max_input` is zero or above the hard cap.
    #[error("`max_input` is {0}; it must be between 1 and {max}", max = Limits::MAX_INPUT)]
    MaxInput(usize),
    /// The clock gave no time.
    #[error("the clock: {0}")]
    Clock(ClockError),
    /// There was no entropy for a key.
    #[error("the key: {0}")]
    Entropy(EntropyError),
    /// A detector could not show that it works.
    #[error("the detector {0}: {1}")]
    SelfTest(DetectorId, DetectorError),
    /// The audit's first event was refused.
    #[error("the audit: {0}")]
    Audit(AuditError),
}
