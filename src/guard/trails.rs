//! The trails of the sessions: what each sent out last, in pieces. They live as long as the guard, and in this process
//! only; a guard beside this one, on the same store, has its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::base::SessionId;
use crate::layers::l03_outbound_dlp::{Piece, Trail};

/// Sessions whose trail is kept; of more, the ones that sent something first are forgotten.
const SESSIONS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Trails {
    trails: HashMap<SessionId, Arc<Trail>>,
    order: VecDeque<SessionId>,
}

impl Trails {
    pub(super) fn of(&self, session: &SessionId) -> Arc<Trail> {
        self.trails.get(session).map(Arc::clone).unwrap_or_default()
    }

    pub(super) fn push(&mut self, session: &SessionId, piece: Piece) {
        if !self.trails.contains_key(session) {
            if self.order.len() >= SESSIONS
                && let Some(oldest) = self.order.pop_front()
            {
                self.trails.remove(&oldest);
            }
            self.order.push_back(session.clone());
        }
        Arc::make_mut(self.trails.entry(session.clone()).or_default()).push(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_that_are_remembered_are_bounded() {
        let mut trails = Trails::default();
        for at in 0..=SESSIONS {
            trails.push(&SessionId::new(&format!("s{at}")).unwrap(), Piece::of("d=ab1"));
        }
        assert_eq!(trails.trails.len(), SESSIONS);
    }
}
