//! Texts: what the user says, what comes in, what goes out.

use std::sync::Arc;
use std::time::Duration;

use super::{Extraction, Fault, Guard, NOT_HELD, TOO_SHORT, ToolOutput, caused};
use crate::audit::{EventDraft, Stage};
use crate::base::{
    CanaryPlace, HeldId, Layer, MessageHash, Moment, SecretValue, SecurityContext, SessionId, SourceKind,
    Verdict,
};
use crate::detect::{DetectorError, Opinion, ask_async};
use crate::layers::l03_outbound_dlp::{Registered, RegisteredKind};
use crate::layers::l05_canary::Canary;
use crate::layers::l07_error_sanitizer::{ErrorKind, SafeError};
use crate::layers::l12_action_gate::Receipt;
use crate::pipeline::{Admitted, Extract, Inbound, LeavingFacts, Outbound, Released};
use crate::state::overlap::{Overlaps, Probe};
use crate::state::{Hits, Reset, StoreError};
use crate::text::NormalizedText;

impl Guard {
    /// Takes in what the user said. The user's words stand behind the calls that follow: an argument that repeats
    /// them is the user's. The digest that comes back names the message in an authorization.
    pub fn user_message(&self, cx: &SecurityContext, text: &str) -> Verdict<MessageHash> {
        let this = &self.pin();
        let draft = |draft: EventDraft| draft.subject(this.evidence(text));
        this.perform(cx, Stage::UserMessage, Layer::Provenance, draft, |_, facts| {
            this.bounded(text)?;
            Ok(this.pipeline().user_message(text, this.fresh_record()?, facts))
        })
    }

    /// Takes in a text that somebody else wrote: cleaned, judged, remembered, isolated.
    pub fn process_inbound(&self, cx: &SecurityContext, input: Inbound<'_>) -> Verdict<Admitted> {
        let this = &self.pin();
        let tool = *input.source().kind() == SourceKind::TOOL;
        this.admit(cx, if tool { Stage::ToolResult } else { Stage::Inbound }, &input, |draft| draft)
    }

    /// The same, awaiting [`GuardBuilder::async_judge`](super::GuardBuilder::async_judge) where the detectors are not
    /// sure. No lock and no thread is held meanwhile. A judge that fails, panics or is late has not judged the text,
    /// and what is not judged is refused. Such a text is cleaned twice, before the judge is asked and behind it: what
    /// came in meanwhile counts.
    pub async fn process_inbound_async(&self, cx: &SecurityContext, input: Inbound<'_>) -> Verdict<Admitted> {
        let this = &self.pin();
        let opinion = this.opinion(&input).await;
        this.process_inbound(cx, this.with_opinion(input, opinion.as_ref()))
    }

    /// What the judge says of a text, where it is wanted.
    async fn opinion(&self, input: &Inbound<'_>) -> Option<Opinion> {
        let (_, judge) = self.inner.judge.as_ref()?;
        // Too long a text is refused anyway.
        let question = self.bounded(input.text()).ok().and_then(|()| self.pipeline().question(input))?;
        let now = || self.inner.clock.now().map_err(|error| DetectorError::new(error.to_string()));
        let began = now();
        let opinion = ask_async(&**judge, &question).await;
        Some(began.and_then(|began| {
            let took = now()?.mono_ns.saturating_sub(began.mono_ns);
            if Duration::from_nanos(took) > self.inner.patience {
                return Err(DetectorError::new("it took too long"));
            }
            opinion
        }))
    }

    /// The text with what the judge said of it; where there is a judge and nobody asked it, that stands there.
    fn with_opinion<'t>(&'t self, input: Inbound<'t>, opinion: Option<&'t Opinion>) -> Inbound<'t> {
        match &self.inner.judge {
            Some((id, _)) if !input.is_judged() => input.judged(id, opinion),
            _ => input,
        }
    }

    /// Takes in several texts of different provenance, in their order, each as [`Guard::process_inbound`] would. One
    /// more audit event ties them together. A part that is refused does not keep the others back.
    pub fn process_inbound_compound(
        &self,
        cx: &SecurityContext,
        parts: &[Inbound<'_>],
    ) -> Vec<Verdict<Admitted>> {
        let this = &self.pin();
        let verdicts: Vec<_> = parts.iter().map(|part| this.process_inbound(cx, *part)).collect();
        let all: String = parts.iter().map(Inbound::text).collect();
        let draft = |draft: EventDraft| draft.subject(this.evidence(&all));
        let tied = this.perform(cx, Stage::Compound, Layer::Sanitizer, draft, |_, _| {
            let worst =
                verdicts.iter().map(|verdict| verdict.report().disposition()).max().unwrap_or_default();
            let findings = verdicts.iter().flat_map(|verdict| verdict.report().findings().iter().cloned());
            Ok(this.pipeline().summed(worst, findings.collect()))
        });
        match tied {
            Verdict::Pass(..) => verdicts,
            // SECURITY: what the log does not have is not handed out.
            Verdict::Block(blocked) => verdicts.iter().map(|_| Verdict::Block(blocked.clone())).collect(),
        }
    }

    /// Takes in what a tool returned, with the receipt of the call that was approved.
    pub fn admit_result(
        &self,
        cx: &SecurityContext,
        receipt: Receipt,
        output: &ToolOutput,
    ) -> Verdict<Admitted> {
        let this = &self.pin();
        let source = receipt.source();
        let input = Inbound::new(output.text(), &source).media(output.media());
        this.admit(cx, Stage::ToolResult, &input, |draft| returned(draft, receipt))
    }

    /// The same, awaiting the judge as [`Guard::process_inbound_async`] does.
    pub async fn admit_result_async(
        &self,
        cx: &SecurityContext,
        receipt: Receipt,
        output: &ToolOutput,
    ) -> Verdict<Admitted> {
        let this = &self.pin();
        let source = receipt.source();
        let input = Inbound::new(output.text(), &source).media(output.media());
        let opinion = this.opinion(&input).await;
        let input = this.with_opinion(input, opinion.as_ref());
        this.admit(cx, Stage::ToolResult, &input, |draft| returned(draft, receipt))
    }

    fn admit(
        &self,
        cx: &SecurityContext,
        stage: Stage,
        input: &Inbound<'_>,
        about: impl FnOnce(EventDraft) -> EventDraft,
    ) -> Verdict<Admitted> {
        let input = &self.with_opinion(*input, None);
        let draft = |draft: EventDraft| about(draft).subject(self.evidence(input.text()));
        self.perform(cx, stage, Layer::Sanitizer, draft, |_, facts| {
            let seam = self.seam(cx.session_id())?;
            Ok(self.pipeline().inbound(
                cx,
                input,
                self.fresh_record()?,
                facts,
                &seam,
                &*self.inner.entropy,
            )?)
        })
    }

    /// Lets a text in that was kept back, once: somebody has looked at it. It is isolated and labelled as it was
    /// judged.
    pub fn release(&self, cx: &SecurityContext, held: HeldId) -> Verdict<Admitted> {
        let this = &self.pin();
        this.perform(
            cx,
            Stage::Release,
            Layer::Sanitizer,
            |draft| draft,
            |now, facts| {
                let pipeline = this.pipeline();
                match this.inner.store.take_held(cx.session_id(), held, now)? {
                    Some(held) => Ok(pipeline.release(cx, &held, facts, &*this.inner.entropy)?),
                    None => Ok(pipeline.refuse(&NOT_HELD, "nothing of that id is kept back in this session")),
                }
            },
        )
    }

    /// Drops a text that was kept back, once: somebody has looked at it, and it is not to come in. Nothing of it stays.
    pub fn discard(&self, cx: &SecurityContext, held: HeldId) -> Verdict<()> {
        let this = &self.pin();
        this.perform(
            cx,
            Stage::Discard,
            Layer::Sanitizer,
            |draft| draft,
            |now, _| {
                let pipeline = this.pipeline();
                match this.inner.store.take_held(cx.session_id(), held, now)? {
                    Some(_) => Ok(pipeline.pass(())),
                    None => Ok(pipeline.refuse(&NOT_HELD, "nothing of that id is kept back in this session")),
                }
            },
        )
    }

    /// Judges a text that is to leave.
    pub fn check_outbound<'t>(&self, cx: &SecurityContext, out: Outbound<'t>) -> Verdict<Released<'t>> {
        let this = &self.pin();
        let parent = this.cause(cx);
        let draft = |draft: EventDraft| caused(draft, parent).subject(this.evidence(out.text()));
        this.perform(cx, Stage::Outbound, Layer::OutboundDlp, draft, |now, facts| {
            this.bounded(out.text())?;
            let session = cx.session_id();
            let pipeline = this.pipeline();
            let limits = pipeline.limits();
            let normalized = NormalizedText::new(out.text(), limits);
            let overlaps = this.overlaps(session, &normalized, now)?.missing(facts.unindexed());
            let registered = this.registered()?;
            let charges = this.pipeline().outbound_charges(cx, &out);
            let paces = this.peek(&charges, now)?;
            let trail = this.trail(session)?;
            let known = LeavingFacts {
                cx,
                facts,
                overlaps: &overlaps,
                registered: &registered,
                trail: &trail,
                paces: &paces,
            };
            Ok(this.pipeline().outbound(&out, &normalized, charges, &known))
        })
    }

    /// What a text has in common with what came into the session.
    pub(super) fn overlaps(
        &self,
        session: &SessionId,
        text: &NormalizedText<'_>,
        now: Moment,
    ) -> Result<Overlaps, StoreError> {
        let store = &self.inner.store;
        let probe = Probe::new(text);
        let mut hits = Hits::new();
        store.lookup(session, probe.keys(), now, &mut hits)?;
        let pipeline = self.pipeline();
        let segment = |record| store.segment(session, record, now);
        probe.measure(&hits, segment, |source| pipeline.least_copy(source), pipeline.limits())
    }

    /// Registers values that must not leave, for every session: they are kept as keyed fingerprints and found in
    /// every form and view. How many are registered by now. When one of them is too short to be told from ordinary
    /// text, none is registered.
    pub fn register(
        &self,
        cx: &SecurityContext,
        values: &[SecretValue],
        kind: RegisteredKind,
    ) -> Verdict<usize> {
        let this = &self.pin();
        this.perform(
            cx,
            Stage::Register,
            Layer::OutboundDlp,
            |draft| draft,
            |_, _| {
                let mut registered = this.inner.registered.write().map_err(|_| Fault::Poisoned)?;
                let mut more = Registered::clone(&registered);
                for value in values {
                    if let Err(error) = more.register(value, kind) {
                        return Ok(this.pipeline().refuse(&TOO_SHORT, error.to_string()));
                    }
                }
                let count = more.len();
                *registered = Arc::new(more);
                drop(registered);
                Ok(this.pipeline().pass(count))
            },
        )
    }

    /// Registers, of variables that the host read from its environment, the values whose names match one of `names`:
    /// `GITHUB_TOKEN`, `*_KEY`, `AWS_*`; case means nothing. Values that are too short to be told from ordinary text are
    /// left out. How many are registered by now. The crate itself never reads the environment:
    ///
    /// ```no_run
    /// # fn f(guard: &bartizan::guard::Guard, cx: &bartizan::base::SecurityContext) {
    /// let variables: Vec<(String, String)> = std::env::vars().collect();
    /// let variables = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    /// guard.register_environment(cx, variables, &["*_TOKEN", "*_KEY", "*_SECRET", "*_PASSWORD"]).is_block();
    /// # }
    /// ```
    pub fn register_environment<'v>(
        &self,
        cx: &SecurityContext,
        variables: impl IntoIterator<Item = (&'v str, &'v str)>,
        names: &[&str],
    ) -> Verdict<usize> {
        let pipeline = self.pipeline();
        let empty = Registered::new(pipeline.evidence());
        let is_named = |name: &str| names.iter().any(|pattern| matches_name(pattern, name));
        let values: Vec<SecretValue> = variables
            .into_iter()
            .filter(|(name, _)| is_named(name))
            .map(|(_, value)| SecretValue::new(value))
            .filter(|value| empty.clone().register(value, RegisteredKind::Secret).is_ok())
            .collect();
        self.register(cx, &values, RegisteredKind::Secret)
    }

    /// Makes a token to plant at this place: a line of the system prompt, a row that nobody asks for. When it comes
    /// back, in any encoding, somebody read what they should not have. Asking again for a place makes a new token;
    /// the old one is still recognised.
    pub fn issue_canary(&self, cx: &SecurityContext, place: &CanaryPlace) -> Verdict<Canary> {
        let this = &self.pin();
        this.perform(
            cx,
            Stage::Canary,
            Layer::Canary,
            |draft| draft,
            |_, facts| Ok(this.pipeline().issue_canary(cx, place, facts)),
        )
    }

    /// Whether a text may go on into a knowledge graph or a long-term memory: by where it came from, and by what it
    /// turned out to be. A text that is to be quarantined is kept back, when the request has it, until
    /// [`Guard::release`].
    pub fn check_extraction(&self, cx: &SecurityContext, request: &Extract<'_>) -> Extraction {
        let this = &self.pin();
        let draft = |draft: EventDraft| match request.text() {
            Some(text) => draft.subject(this.evidence(text)),
            None => draft,
        };
        let mut graded = None;
        let verdict = this.perform(cx, Stage::Extraction, Layer::SourceGate, draft, |now, facts| {
            if let Some(text) = request.text() {
                this.bounded(text)?;
            }
            let segment = match request.named() {
                Some(record) => this.inner.store.segment(cx.session_id(), record, now)?,
                None => None,
            };
            let (outcome, why) =
                this.pipeline().extraction(request, segment.as_deref(), facts, this.fresh_record()?);
            graded = why;
            Ok(outcome)
        });
        Extraction::new(graded, verdict)
    }

    /// What may be told a client of an error: a code, a sentence that helps, and a reference under which the operator
    /// finds the original's digest in the audit. Nothing of the original itself.
    pub fn sanitize_error(&self, cx: &SecurityContext, message: &str, kind: Option<&ErrorKind>) -> SafeError {
        let this = &self.pin();
        let draft = |draft: EventDraft| draft.subject(this.evidence(message));
        let pipeline = this.pipeline();
        let verdict = this.perform(cx, Stage::Error, Layer::ErrorSanitizer, draft, |_, _| {
            Ok(pipeline.error(message, kind))
        });
        // What cannot be recorded is told as an error of the guard's own.
        verdict.into_result().unwrap_or_else(|_| pipeline.safe_error("", Some(&ErrorKind::Internal)))
    }

    /// Ends the conversation that the session stands for: texts, turns and held texts go. What it came in touch
    /// with does not: the floor stays, because the model may still know what it read.
    pub fn reset(&self, cx: &SecurityContext) -> Verdict<()> {
        let this = &self.pin();
        this.perform(
            cx,
            Stage::Reset,
            Layer::Provenance,
            |draft| draft,
            |now, _| {
                this.inner.store.reset(cx.session_id(), Reset::KeepFloor, now)?;
                Ok(this.pipeline().pass(()))
            },
        )
    }
}

/// Whether `name` is what `pattern` says, in any case; `*` stands for any letters.
fn matches_name(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// The event of what a call with this receipt returned.
fn returned(mut draft: EventDraft, receipt: Receipt) -> EventDraft {
    let (tool, server, event) = receipt.into_parts();
    draft = draft.tool(tool);
    if let Some(server) = server {
        draft = draft.server(server);
    }
    caused(draft, event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SessionId;
    use crate::guard::Sink;
    use crate::policy::{Policy, Preset};

    #[test]
    fn names_match_whole_and_in_any_case() {
        for (pattern, name) in
            [("*_KEY", "api_key"), ("AWS_*", "AWS_REGION"), ("A*B*C", "axbyc"), ("HOME", "home"), ("*", "x")]
        {
            assert!(matches_name(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*_KEY", "KEYS"), ("AWS_*", "LAWS_X"), ("A*B*C", "acb"), ("HOME", "HOMES")] {
            assert!(!matches_name(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn values_of_the_environment_are_found_by_their_names() {
        let guard = Guard::builder(Policy::preset(Preset::Balanced)).build().unwrap();
        let cx = SecurityContext::new(SessionId::new("s").unwrap());
        let variables =
            [("SHOP_TOKEN", "blue-heron-42-kestrel"), ("LANG", "en-plums-and-pears"), ("A_TOKEN", "x")];
        let count = guard.register_environment(&cx, variables, &["*_token"]).into_result().unwrap();
        assert_eq!(count, 1);
        let sink = Sink::unknown();
        let leaves = |text| !guard.check_outbound(&cx, Outbound::new(text, &sink)).is_block();
        assert!(!leaves("It is Blue Heron 42 Kestrel."));
        assert!(leaves("en-plums-and-pears"));
    }
}
