//! Texts: what the user says, what comes in, what goes out.

use std::sync::Arc;

use super::{Extraction, Fault, Guard, NOT_HELD, TOO_SHORT, ToolOutput, caused};
use crate::audit::{EventDraft, Stage};
use crate::base::{
    CanaryPlace, HeldId, Layer, MessageHash, SecretValue, SecurityContext, Source, SourceKind, Verdict,
};
use crate::layers::l03_outbound_dlp::{Registered, RegisteredKind};
use crate::layers::l05_canary::Canary;
use crate::layers::l07_error_sanitizer::{ErrorKind, SafeError};
use crate::layers::l12_action_gate::Receipt;
use crate::pipeline::{Admitted, Extract, Inbound, LeavingFacts, Outbound, Released};
use crate::state::overlap::Probe;
use crate::state::{Hits, Reset};
use crate::text::NormalizedText;

impl Guard {
    /// Takes in what the user said. The user's words stand behind the calls that follow: an argument that repeats
    /// them is the user's. The digest that comes back names the message in an authorization.
    pub fn user_message(&self, cx: &SecurityContext, text: &str) -> Verdict<MessageHash> {
        let draft = |draft: EventDraft| draft.subject(self.evidence(text));
        self.perform(cx, Stage::UserMessage, Layer::Provenance, draft, |_, _| {
            self.bounded(text)?;
            Ok(self.inner.pipeline.user_message(text, self.fresh_record()?))
        })
    }

    /// Takes in a text that somebody else wrote: cleaned, judged, remembered, isolated.
    pub fn process_inbound(&self, cx: &SecurityContext, input: Inbound<'_>) -> Verdict<Admitted> {
        let tool = *input.source().kind() == SourceKind::TOOL;
        self.admit(cx, if tool { Stage::ToolResult } else { Stage::Inbound }, &input, |draft| draft)
    }

    /// Takes in several texts of different provenance, in their order, each as [`Guard::process_inbound`] would. One
    /// more audit event ties them together. A part that is refused does not keep the others back.
    pub fn process_inbound_compound(
        &self,
        cx: &SecurityContext,
        parts: &[Inbound<'_>],
    ) -> Vec<Verdict<Admitted>> {
        let verdicts: Vec<_> = parts.iter().map(|part| self.process_inbound(cx, *part)).collect();
        let all: String = parts.iter().map(Inbound::text).collect();
        let draft = |draft: EventDraft| draft.subject(self.evidence(&all));
        let tied = self.perform(cx, Stage::Compound, Layer::Sanitizer, draft, |_, _| {
            let worst =
                verdicts.iter().map(|verdict| verdict.report().disposition()).max().unwrap_or_default();
            let findings = verdicts.iter().flat_map(|verdict| verdict.report().findings().iter().cloned());
            Ok(self.inner.pipeline.summed(worst, findings.collect()))
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
        let (tool, server, event) = receipt.into_parts();
        let name = match &server {
            Some(server) => format!("{server}/{tool}"),
            None => tool.to_string(),
        };
        let source = Source::tool(name);
        let input = Inbound::new(output.text(), &source).media(output.media());
        self.admit(cx, Stage::ToolResult, &input, |mut draft| {
            draft = draft.tool(tool);
            if let Some(server) = server {
                draft = draft.server(server);
            }
            caused(draft, event)
        })
    }

    fn admit(
        &self,
        cx: &SecurityContext,
        stage: Stage,
        input: &Inbound<'_>,
        about: impl FnOnce(EventDraft) -> EventDraft,
    ) -> Verdict<Admitted> {
        let draft = |draft: EventDraft| about(draft).subject(self.evidence(input.text()));
        self.perform(cx, stage, Layer::Sanitizer, draft, |_, facts| {
            Ok(self.inner.pipeline.inbound(cx, input, self.fresh_record()?, facts, &*self.inner.entropy)?)
        })
    }

    /// Lets a text in that was kept back, once: somebody has looked at it. It is isolated and labelled as it was
    /// judged.
    pub fn release(&self, cx: &SecurityContext, held: HeldId) -> Verdict<Admitted> {
        self.perform(
            cx,
            Stage::Release,
            Layer::Sanitizer,
            |draft| draft,
            |now, facts| {
                let pipeline = &self.inner.pipeline;
                match self.inner.store.take_held(cx.session_id(), held, now)? {
                    Some(held) => Ok(pipeline.release(cx, &held, facts, &*self.inner.entropy)?),
                    None => Ok(pipeline.refuse(&NOT_HELD, "nothing of that id is kept back in this session")),
                }
            },
        )
    }

    /// Drops a text that was kept back, once: somebody has looked at it, and it is not to come in. Nothing of it stays.
    pub fn discard(&self, cx: &SecurityContext, held: HeldId) -> Verdict<()> {
        self.perform(
            cx,
            Stage::Discard,
            Layer::Sanitizer,
            |draft| draft,
            |now, _| {
                let pipeline = &self.inner.pipeline;
                match self.inner.store.take_held(cx.session_id(), held, now)? {
                    Some(_) => Ok(pipeline.pass(())),
                    None => Ok(pipeline.refuse(&NOT_HELD, "nothing of that id is kept back in this session")),
                }
            },
        )
    }

    /// Judges a text that is to leave.
    pub fn check_outbound<'t>(&self, cx: &SecurityContext, out: Outbound<'t>) -> Verdict<Released<'t>> {
        let parent = self.cause(cx);
        let draft = |draft: EventDraft| caused(draft, parent).subject(self.evidence(out.text()));
        self.perform(cx, Stage::Outbound, Layer::OutboundDlp, draft, |now, facts| {
            self.bounded(out.text())?;
            let (inner, session) = (&self.inner, cx.session_id());
            let limits = inner.pipeline.limits();
            let normalized = NormalizedText::new(out.text(), limits);
            let probe = Probe::new(&normalized);
            let mut hits = Hits::new();
            inner.store.lookup(session, probe.keys(), now, &mut hits)?;
            let overlaps = probe
                .measure(&hits, |record| inner.store.segment(session, record, now), limits)?
                .missing(facts.unindexed());
            let registered = self.registered()?;
            let charges = inner.pipeline.outbound_charges(cx, &out);
            let paces = self.peek(&charges, now)?;
            let trail = self.trail(session)?;
            let known = LeavingFacts {
                cx,
                facts,
                overlaps: &overlaps,
                registered: &registered,
                trail: &trail,
                paces: &paces,
            };
            Ok(inner.pipeline.outbound(&out, &normalized, charges, &known))
        })
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
        self.perform(
            cx,
            Stage::Register,
            Layer::OutboundDlp,
            |draft| draft,
            |_, _| {
                let mut registered = self.inner.registered.write().map_err(|_| Fault::Poisoned)?;
                let mut more = Registered::clone(&registered);
                for value in values {
                    if let Err(error) = more.register(value, kind) {
                        return Ok(self.inner.pipeline.refuse(&TOO_SHORT, error.to_string()));
                    }
                }
                let count = more.len();
                *registered = Arc::new(more);
                drop(registered);
                Ok(self.inner.pipeline.pass(count))
            },
        )
    }

    /// Makes a token to plant at this place: a line of the system prompt, a row that nobody asks for. When it comes
    /// back, in any encoding, somebody read what they should not have. Asking again for a place makes a new token;
    /// the old one is still recognised.
    pub fn issue_canary(&self, cx: &SecurityContext, place: &CanaryPlace) -> Verdict<Canary> {
        self.perform(
            cx,
            Stage::Canary,
            Layer::Canary,
            |draft| draft,
            |_, facts| Ok(self.inner.pipeline.issue_canary(cx, place, facts)),
        )
    }

    /// Whether a text may go on into a knowledge graph or a long-term memory: by where it came from, and by what it
    /// turned out to be. A text that is to be quarantined is kept back, when the request has it, until
    /// [`Guard::release`].
    pub fn check_extraction(&self, cx: &SecurityContext, request: &Extract<'_>) -> Extraction {
        let draft = |draft: EventDraft| match request.text() {
            Some(text) => draft.subject(self.evidence(text)),
            None => draft,
        };
        let mut graded = None;
        let verdict = self.perform(cx, Stage::Extraction, Layer::SourceGate, draft, |now, facts| {
            if let Some(text) = request.text() {
                self.bounded(text)?;
            }
            let segment = match request.named() {
                Some(record) => self.inner.store.segment(cx.session_id(), record, now)?,
                None => None,
            };
            let (outcome, why) =
                self.inner.pipeline.extraction(request, segment.as_deref(), facts, self.fresh_record()?);
            graded = why;
            Ok(outcome)
        });
        Extraction::new(graded, verdict)
    }

    /// What may be told a client of an error: a code, a sentence that helps, and a reference under which the operator
    /// finds the original's digest in the audit. Nothing of the original itself.
    pub fn sanitize_error(&self, cx: &SecurityContext, message: &str, kind: Option<&ErrorKind>) -> SafeError {
        let draft = |draft: EventDraft| draft.subject(self.evidence(message));
        let pipeline = &self.inner.pipeline;
        let verdict = self.perform(cx, Stage::Error, Layer::ErrorSanitizer, draft, |_, _| {
            Ok(pipeline.error(message, kind))
        });
        // What cannot be recorded is told as an error of the guard's own.
        verdict.into_result().unwrap_or_else(|_| pipeline.safe_error("", Some(&ErrorKind::Internal)))
    }

    /// Ends the conversation that the session stands for: texts, turns and held texts go. What it came in touch
    /// with does not: the floor stays, because the model may still know what it read.
    pub fn reset(&self, cx: &SecurityContext) -> Verdict<()> {
        self.perform(
            cx,
            Stage::Reset,
            Layer::Provenance,
            |draft| draft,
            |now, _| {
                self.inner.store.reset(cx.session_id(), Reset::KeepFloor, now)?;
                Ok(self.inner.pipeline.pass(()))
            },
        )
    }
}
