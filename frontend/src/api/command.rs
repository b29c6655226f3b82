//! Sending a command so that it takes effect once, and saying at each moment what is known of it.

use std::{rc::Rc, time::Duration};

use gloo_net::http::Method;
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::{CommandId, StreamVersion, answers::Accepted};

use super::{Call, Client, Failure, use_client};
use crate::browser::{random_uuid, sleep};

/// How often a fault on the server's side is tried again before the person is asked.
const FAULTS_BORNE: u32 = 3;

/// One thing that a person wants done. It keeps its key until it is accepted or rejected, over any number of attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Sent as `Idempotency-Key`.
    pub key: CommandId,
    pub path: String,
    pub body: String,
}

impl Intent {
    /// A new intent with a key of its own.
    pub fn new(path: String, body: &impl Serialize) -> Option<Self> {
        Some(Self {
            key: random_uuid()?,
            path,
            body: serde_json::to_string(body).ok()?,
        })
    }
}

/// What is known of a command.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// Nothing is under way.
    #[default]
    Idle,
    /// On its way.
    Sending,
    /// There was no answer. It is being sent again under the same key, to learn whether it went through.
    Checking,
    /// Too many people at once: nothing was changed, and it is being sent again.
    Waiting,
    /// It was not done, and why.
    Failed(Failure),
}

impl Phase {
    /// Why it was not done, if it was not.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Idle | Self::Sending | Self::Checking | Self::Waiting => None,
        }
    }

    /// Whether it is not yet known what became of it.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Sending | Self::Checking | Self::Waiting)
    }
}

/// Reads an accepted command's answer and acts on it; false where it cannot be read.
type OnAccepted = Rc<dyn Fn(Wrote, &str) -> bool>;

/// A command's place on a screen: at most one intent at a time is under way in it.
///
/// The answer's type is out of sight here, so that sending is compiled once and not for each kind of answer.
#[derive(Clone, Copy)]
pub struct Command {
    client: Client,
    phase: RwSignal<Phase>,
    /// An intent that failed on the server's side: asked again for the same, it goes under the same key.
    unsettled: StoredValue<Option<Intent>>,
    on_accepted: StoredValue<OnAccepted, LocalStorage>,
}

/// A command of this component; `on_accepted` runs once it is accepted.
pub fn use_command<A: DeserializeOwned>(on_accepted: impl Fn(Accepted<A>) + 'static) -> Command {
    let on_accepted = move |Wrote { wrote }: Wrote, body: &str| match serde_json::from_str(body) {
        Ok(answer) => {
            on_accepted(Accepted { answer, wrote });
            true
        }
        Err(_) => false,
    };
    Command {
        client: use_client(),
        phase: RwSignal::default(),
        unsettled: StoredValue::default(),
        on_accepted: StoredValue::new_local(Rc::new(on_accepted)),
    }
}

impl Command {
    /// What is known of it.
    pub fn phase(&self) -> Signal<Phase> {
        self.phase.into()
    }

    /// Whether it is not yet known what became of it: its button is busy meanwhile.
    pub fn is_open(&self) -> bool {
        self.phase.with(Phase::is_open)
    }

    /// Forget a failure: the person has changed something.
    pub fn clear(&self) {
        if !self.phase.with_untracked(Phase::is_open) {
            self.phase.set(Phase::Idle);
        }
    }

    /// Say that something is wanted. Said again while it is under way (a double click, a held Enter key): no effect.
    pub fn send(&self, path: String, body: &impl Serialize) {
        if let Some(intent) = Intent::new(path, body) {
            self.send_intent(intent);
        }
    }

    /// The same for an intent that was kept, over a refresh or a sign-in.
    pub fn send_intent(&self, mut intent: Intent) {
        if self.phase.with_untracked(Phase::is_open) {
            return;
        }
        if let Some(unsettled) = self.unsettled.get_value()
            && (&unsettled.path, &unsettled.body) == (&intent.path, &intent.body)
        {
            intent.key = unsettled.key;
        }
        self.unsettled.set_value(Some(intent.clone()));
        self.phase.set(Phase::Sending);
        let command = *self;
        spawn_local(async move {
            match command.client.carry_out(&intent, command.phase).await {
                Ok((wrote, body)) => {
                    // The component may be gone: what was written is noted either way.
                    let on_accepted = command.on_accepted.try_get_value();
                    command.unsettled.try_set_value(None);
                    command.phase.try_set(Phase::Idle);
                    if on_accepted.is_some_and(|on_accepted| !on_accepted(wrote, &body)) {
                        command.phase.try_set(Phase::Failed(Failure::unreadable()));
                    }
                }
                Err(failure) => {
                    let settled =
                        matches!(&failure, Failure::Problem(problem) if problem.status < 500);
                    if settled {
                        command.unsettled.try_set_value(None);
                    }
                    command.phase.try_set(Phase::Failed(failure));
                }
            }
        });
    }
}

impl Client {
    /// Send until it is accepted or rejected. Without an answer there is no giving up: the same key goes out again and
    /// again, because only an answer says whether the command went through.
    async fn carry_out(
        &self,
        intent: &Intent,
        phase: RwSignal<Phase>,
    ) -> Result<(Wrote, String), Failure> {
        let mut attempt = 0;
        let mut faults = 0;
        loop {
            attempt += 1;
            let pause = match self.attempt(intent).await {
                Attempt::Accepted(wrote, body) => {
                    self.versions.wrote(&wrote.wrote);
                    return Ok((wrote, body));
                }
                Attempt::Rejected(failure) => return Err(failure),
                Attempt::Fault(failure) => {
                    faults += 1;
                    if faults == FAULTS_BORNE {
                        return Err(failure);
                    }
                    phase.try_set(Phase::Checking);
                    pause_after(attempt)
                }
                Attempt::Busy(pause) => {
                    phase.try_set(Phase::Waiting);
                    pause
                }
                Attempt::Unknown => {
                    phase.try_set(Phase::Checking);
                    pause_after(attempt)
                }
            };
            sleep(pause).await;
        }
    }

    async fn attempt(&self, intent: &Intent) -> Attempt {
        let call = Call {
            method: Method::POST,
            path: &intent.path,
            headers: vec![("idempotency-key", intent.key.to_string())],
            body: Some(&intent.body),
        };
        let response = match self.exchange(call).await {
            Ok(response) => response,
            Err(Failure::NoAnswer) => return Attempt::Unknown,
            Err(failure) => return Attempt::Rejected(failure),
        };
        let status = response.status();
        let retry_after = response.headers().get("retry-after");
        let Ok(body) = response.text().await else {
            return Attempt::Unknown;
        };
        if response.ok() {
            return match serde_json::from_str(&body) {
                Ok(wrote) => Attempt::Accepted(wrote, body),
                Err(_) => Attempt::Rejected(Failure::unreadable()),
            };
        }
        let failure = Failure::of_problem(&body);
        match status {
            429 | 503 => {
                let seconds = retry_after.and_then(|text| text.parse().ok()).unwrap_or(1);
                Attempt::Busy(Duration::from_secs(u64::clamp(seconds, 1, 30)))
            }
            500.. => Attempt::Fault(failure),
            _ => Attempt::Rejected(failure),
        }
    }
}

/// Half of an [`Accepted`]. Its halves are read by themselves: reading it whole goes through serde's buffer for flattened
/// fields, which would cost the app some 10 KB.
#[derive(Deserialize)]
struct Wrote {
    wrote: Vec<StreamVersion>,
}

enum Attempt {
    /// What was written, and the whole answer.
    Accepted(Wrote, String),
    /// Settled: sending it again would change nothing.
    Rejected(Failure),
    /// Broken on the server's side; it may have been carried out.
    Fault(Failure),
    /// Not carried out; wait this long.
    Busy(Duration),
    /// No answer; it may have been carried out.
    Unknown,
}

/// 1, 2, 4, then 8 seconds.
fn pause_after(attempt: u32) -> Duration {
    Duration::from_secs(1 << (attempt - 1).min(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_eight_seconds() {
        let seconds: Vec<_> = (1..=6).map(|n| pause_after(n).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 8, 8]);
    }

    #[test]
    fn a_command_without_an_answer_is_still_open() {
        assert!(Phase::Sending.is_open() && Phase::Checking.is_open() && Phase::Waiting.is_open());
        assert!(!Phase::Idle.is_open());
        assert!(!Phase::Failed(Failure::NoAnswer).is_open());
    }
}
