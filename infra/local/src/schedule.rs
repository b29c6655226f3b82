//! Schedules: what EventBridge Scheduler does in AWS.

use std::time::Duration;

use plenary_http::respond::chain;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{background::Background, functions::CallError};

/// Call this now, and then again each time so much has passed. A call that fails is not repeated: the next one does its
/// work.
pub fn call<F>(every: Duration, call: impl Fn() -> F + Send + 'static) -> Background
where
    F: Future<Output = Result<(), CallError>> + Send + 'static,
{
    Background::start(|mut stopped| async move {
        let mut ticks = interval(every);
        // One call at a time, however long it takes.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stopped.wait_for(|stop| *stop) => break,
            }
            // A task of its own, so that a panic is a failed call and not the end of the schedule.
            let cause = match tokio::spawn(call()).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => chain(&error),
                Err(panic) => panic.to_string(),
            };
            tracing::warn!(
                cause,
                "the scheduled call failed; the next one does its work"
            );
        }
    })
}

/// Call this once a minute, as in AWS, and at once when they were asked for something; and then
/// again as long as there is more to do. What is under way when the system stops goes on when it starts again.
pub fn operations<F>(
    mut asked: watch::Receiver<()>,
    call: impl Fn() -> F + Send + 'static,
) -> Background
where
    F: Future<Output = Result<bool, CallError>> + Send + 'static,
{
    Background::start(|mut stopped| async move {
        let mut ticks = interval(Duration::from_secs(60));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                Ok(()) = asked.changed() => {}
                _ = stopped.wait_for(|stop| *stop) => break,
            }
            loop {
                // A task of its own, as above.
                let mut working = tokio::spawn(call());
                let worked = tokio::select! {
                    worked = &mut working => worked,
                    _ = stopped.wait_for(|stop| *stop) => {
                        working.abort();
                        return;
                    }
                };
                let cause = match worked {
                    Ok(Ok(true)) => continue,
                    Ok(Ok(false)) => break,
                    Ok(Err(error)) => chain(&error),
                    Err(panic) => panic.to_string(),
                };
                tracing::warn!(
                    cause,
                    "operations could not go on; they do at the next call"
                );
                break;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    use super::*;

    #[tokio::test]
    async fn it_calls_at_once_and_again_and_again_whatever_happens_to_a_call() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let schedule = call(Duration::from_millis(5), move || {
            let call = counted.fetch_add(1, SeqCst);
            async move {
                match call {
                    0 => panic!("the first call dies"),
                    1 => Err(CallError::TooSlow),
                    _ => Ok(()),
                }
            }
        });
        while calls.load(SeqCst) < 4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        schedule.stop().await;
        let after = calls.load(SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(calls.load(SeqCst), after);
    }

    #[tokio::test]
    async fn operations_are_called_when_asked_and_as_long_as_there_is_more() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let asked = watch::Sender::new(());
        let schedule = operations(asked.subscribe(), move || {
            let call = counted.fetch_add(1, SeqCst);
            async move { Ok(call == 1 || call == 2) }
        });
        let until = async |count| {
            while calls.load(SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(calls.load(SeqCst), count);
        };
        until(1).await;
        asked.send_replace(());
        until(4).await;
        schedule.stop().await;
    }
}
