//! Work that needs no order, done by all processors ahead of work that does.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

/// The processors of this machine.
pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// So few items are not worth a thread.
const FEW: usize = 8;

/// Prepares items by so many processors, in no order, and takes each in its
/// turn, until one is refused. All threads have ended when this returns.
///
/// # Errors
/// The first that `take` gives.
pub(super) fn each<T: Sync, R: Send, E>(
    processors: usize,
    items: &[T],
    prepare: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    if items.len() <= FEW || processors < 2 {
        let mut items = items.iter();
        return items.try_for_each(|item| take(item, prepare(item)));
    }
    let next = AtomicUsize::new(0);
    let (give, given) = channel();
    thread::scope(|scope| {
        for _ in 0..processors {
            let (give, next, prepare) = (give.clone(), &next, &prepare);
            scope.spawn(move || {
                while let Some((at, item)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    items.get(at).map(|item| (at, item))
                } {
                    // Nobody takes any more once one was refused.
                    if give.send((at, prepare(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(give);
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (at, prepared) in given {
            early.insert(at, prepared);
            while let Some(prepared) = early.remove(&turn) {
                take(&items[turn], prepared)?;
                turn += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_prepared_and_taken_in_its_turn() {
        for count in [0, 1, FEW, FEW + 1, 300] {
            let items: Vec<usize> = (0..count).collect();
            let mut taken = Vec::new();
            let done: Result<(), ()> = each(
                2,
                &items,
                |item| item * 2,
                |item, doubled| {
                    taken.push((*item, doubled));
                    Ok(())
                },
            );
            assert_eq!(done, Ok(()));
            let expected: Vec<_> = items.iter().map(|item| (*item, item * 2)).collect();
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn nothing_is_taken_after_what_was_refused() {
        for refused in [0, 5, 150, 299] {
            let items: Vec<usize> = (0..300).collect();
            let mut taken = 0;
            let take = |item: &usize, ()| {
                if *item == refused {
                    return Err(*item);
                }
                taken += 1;
                Ok(())
            };
            assert_eq!(each(2, &items, |_| (), take), Err(refused));
            assert_eq!(taken, refused);
        }
    }
}
